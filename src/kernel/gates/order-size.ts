import { present } from '../../model/assert.ts';
import type { GateMode } from '../../model/gate.ts';
import { formatQuantity } from '../../model/instrument.ts';
import type { Quantity } from '../../model/units.ts';
import type { Book } from '../book.ts';
import { type Denial, denyEntry, type Gate, type OnBreach, type ProposedOrder } from './gate.ts';
import { eachLimit, type Standing } from './usage.ts';

/** The largest entry in one order, per instrument. An exit is never blocked by it (X13). */
export class OrderSizeGate implements Gate {
  readonly name = 'order_size';
  readonly mode: GateMode;
  readonly #onBreach: OnBreach;
  /** By instrument; `undefined` where there is no limit. */
  readonly #limits: readonly (Quantity | undefined)[];

  constructor(
    mode: GateMode,
    limits: readonly (Quantity | undefined)[],
    onBreach: OnBreach = 'deny',
  ) {
    this.mode = mode;
    this.#limits = limits;
    this.#onBreach = onBreach;
  }

  orderCap(k: number): Quantity | undefined {
    return this.#limits[k];
  }

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const k = order.terms.instrument;
    const limit = this.#limits[k];
    if (limit === undefined || order.entryQuantity === 0) return undefined;
    // An exit that is sliced takes no entry with it.
    const isSliced = order.exitQuantity > limit;
    if (order.entryQuantity <= limit && !isSliced) return undefined;
    const instrument = present(book.instruments[k], 'instrument');
    const text = formatQuantity(instrument, limit);
    const observed = formatQuantity(instrument, order.entryQuantity);
    const allowed = this.#onBreach === 'cut' && !isSliced ? limit : (0 as Quantity);
    return denyEntry('order_size_above_limit', text, observed, allowed);
  }

  /** Of one order: nothing stands against it. */
  standings(): readonly Standing[] {
    const reason = 'order_size_above_limit';
    return eachLimit(this.#limits, (limit, at) => {
      return { reason, subject: 'instrument', at, measure: 'units', limit, used: 0 };
    });
  }
}
