import type { DenyReasonName, GateMode } from '../../model/gate.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import type { Book } from '../book.ts';
import { type Denial, deny, denyEntry, type Gate, type ProposedOrder } from './gate.ts';

/** Spans around sessions and rollovers in which no entry is made, µs; 0 for none. */
export interface HoursRules {
  readonly afterOpenUs: number;
  readonly beforeCloseUs: number;
  readonly beforeRolloverUs: number;
  readonly afterRolloverUs: number;
}

/** Entries inside the instrument's sessions alone, and not around its open, close and rollover. */
export class MarketHoursGate implements Gate {
  readonly name = 'market_hours';
  readonly mode: GateMode;
  readonly judgesChanges = true;
  readonly #rules: HoursRules;

  constructor(mode: GateMode, rules: HoursRules) {
    this.mode = mode;
    this.#rules = rules;
  }

  judge({ terms: { instrument: k } }: ProposedOrder, book: Book): Denial | undefined {
    const { hours } = book.risk;
    const { time } = book;
    const { afterOpenUs, beforeCloseUs, beforeRolloverUs, afterRolloverUs } = this.#rules;
    if (!hours.isOpen(k, time)) return deny('entry', 'market_closed');
    if (afterOpenUs > 0 && hours.sinceOpen(k, time) < afterOpenUs) {
      return near('near_open', afterOpenUs, hours.sinceOpen(k, time));
    }
    if (beforeCloseUs > 0 && hours.untilClose(k, time) <= beforeCloseUs) {
      return near('near_close', beforeCloseUs, hours.untilClose(k, time));
    }
    if (afterRolloverUs > 0 && hours.sinceRollover(k, time) < afterRolloverUs) {
      return near('rollover', afterRolloverUs, hours.sinceRollover(k, time));
    }
    if (beforeRolloverUs > 0 && hours.untilRollover(k, time) <= beforeRolloverUs) {
      return near('rollover', beforeRolloverUs, hours.untilRollover(k, time));
    }
    return undefined;
  }
}

function near(reason: DenyReasonName, limitUs: number, us: number): Denial {
  return denyEntry(reason, `${limitUs / US_PER_SECOND} s`, `${us / US_PER_SECOND} s`);
}
