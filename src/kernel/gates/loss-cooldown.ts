import type { GateMode } from '../../model/gate.ts';
import { formatUtc } from '../../model/time.ts';
import type { TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import { type Denial, denyEntry, type Gate, type ProposedOrder } from './gate.ts';
import type { Standing } from './usage.ts';

/** After so many losing trades in a row a strategy's entries wait. */
export class LossCooldownGate implements Gate {
  readonly name = 'loss_cooldown';
  readonly mode: GateMode;
  readonly judgesChanges = true;

  constructor(mode: GateMode) {
    this.mode = mode;
  }

  judge({ strategy }: ProposedOrder, book: Book): Denial | undefined {
    const { streaks } = book.risk;
    const until = streaks?.waitsUntil(strategy) ?? 0;
    if (until <= book.time) return undefined;
    const limit = `${streaks?.spec.losses ?? 0} losing trades in a row`;
    return denyEntry('losing_streak', limit, `until ${formatUtc(until as TimeUs)}`);
  }

  /** Losing trades in a row; all of them while it waits, then they are counted anew. */
  standings(book: Book, now: TimeUs): readonly Standing[] {
    const { streaks } = book.risk;
    if (streaks === undefined) return [];
    const limit = streaks.spec.losses;
    return Array.from({ length: streaks.strategies }, (_, at) => {
      const used = streaks.waitsUntil(at) > now ? limit : streaks.lossesOf(at);
      return { reason: 'losing_streak', subject: 'strategy', at, measure: 'trades', limit, used };
    });
  }
}
