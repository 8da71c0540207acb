import type { GateMode } from '../../model/gate.ts';
import { US_PER_MS } from '../../model/time.ts';
import type { TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import { type Denial, deny, denyEntry, type Gate, type ProposedOrder } from './gate.ts';
import type { Standing } from './usage.ts';

/**
 * No entry while the connection that orders go out on is closed, or on a quote that is older than
 * allowed by the venue's clock (X29). Exits pass.
 */
export class DataFreshnessGate implements Gate {
  readonly name = 'data_freshness';
  readonly mode: GateMode;
  readonly judgesChanges = true;
  readonly #quoteAgeMaxUs: number = 0;

  constructor(mode: GateMode, quoteAgeMaxUs: number) {
    this.mode = mode;
    this.#quoteAgeMaxUs = quoteAgeMaxUs;
  }

  judge({ terms }: ProposedOrder, book: Book): Denial | undefined {
    const { doubts } = book;
    if (doubts.isClosed(doubts.connection)) return deny('entry', 'venue_disconnected');
    const age = book.market.age(book.time, book.board.time[terms.instrument] as number);
    if (age <= this.#quoteAgeMaxUs) return undefined;
    const [limit = '', observed = ''] = [this.#quoteAgeMaxUs, age].map(
      (us) => `${us / US_PER_MS} ms`,
    );
    return denyEntry('quote_stale', limit, observed);
  }

  /** Age of each quote; an age may be the limit. */
  standings({ board, doubts, instruments, market }: Book, now: TimeUs): readonly Standing[] {
    const limit = this.#quoteAgeMaxUs;
    const isClosed = doubts.isClosed(doubts.connection);
    return instruments.map((_, at) => {
      const used = board.has(at) ? market.age(now, board.time[at] as number) : undefined;
      const blocks = isClosed || used === undefined || used > limit;
      const reason = 'quote_stale';
      return { reason, subject: 'instrument', at, measure: 'us', limit, used, blocks };
    });
  }
}
