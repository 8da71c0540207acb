import type { GateMode } from '../../model/gate.ts';
import type { Rate } from '../../model/venue.ts';
import type { Book } from '../book.ts';
import {
  type Denial,
  denyEntry,
  type Gate,
  largestEntry,
  moneyText,
  type OnBreach,
  type ProposedOrder,
} from './gate.ts';
import { eachLimit, type Standing } from './usage.ts';

/** The largest value of an entry in one order, in account money, at the price it is reserved at. */
export class OrderValueGate implements Gate {
  readonly name = 'order_value';
  readonly mode: GateMode;
  readonly judgesChanges = true;
  readonly #onBreach: OnBreach;
  /** By instrument, money counts; `undefined` where there is no limit. */
  readonly #limits: readonly (number | undefined)[];
  readonly #rate: Rate = { numerator: 1, denominator: 1 };

  constructor(mode: GateMode, limits: readonly (number | undefined)[], onBreach: OnBreach) {
    this.mode = mode;
    this.#limits = limits;
    this.#onBreach = onBreach;
  }

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const k = order.terms.instrument;
    const limit = this.#limits[k];
    const { conversion } = book.account;
    if (limit === undefined || !conversion.rate(k, book.board, this.#rate)) return undefined;
    const worth = (entry: number): number =>
      conversion.valueOf(entry * order.reservedPrice, k, this.#rate);
    const value = worth(order.entryQuantity);
    if (value <= limit) return undefined;
    const allowed = largestEntry(order, this.#onBreach, (entry) => worth(entry) <= limit);
    const [limitText, observed] = [moneyText(book, limit), moneyText(book, value)];
    return denyEntry('order_value_above_limit', limitText, observed, allowed);
  }

  /** Of one order: nothing stands against it. */
  standings(): readonly Standing[] {
    const reason = 'order_value_above_limit';
    return eachLimit(this.#limits, (limit, at) => {
      return { reason, subject: 'instrument', at, measure: 'money', limit, used: 0 };
    });
  }
}
