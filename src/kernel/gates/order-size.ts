import { present } from '../../model/assert.ts';
import type { GateMode } from '../../model/gate.ts';
import { formatQuantity } from '../../model/instrument.ts';
import type { Quantity } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { Denial, Gate, ProposedOrder } from './gate.ts';

/** The largest entry in one order, per instrument. An exit is never blocked by it (X13). */
export class OrderSizeGate implements Gate {
  readonly name = 'order_size';
  readonly mode: GateMode;
  /** By instrument; `undefined` where there is no limit. */
  readonly #limits: readonly (Quantity | undefined)[];

  constructor(mode: GateMode, limits: readonly (Quantity | undefined)[]) {
    this.mode = mode;
    this.#limits = limits;
  }

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const k = order.terms.instrument;
    const limit = this.#limits[k];
    if (limit === undefined || order.entryQuantity <= limit) return undefined;
    const instrument = present(book.instruments[k], 'instrument');
    return {
      scope: 'entry',
      reason: 'order_size_above_limit',
      limit: formatQuantity(instrument, limit),
      observed: formatQuantity(instrument, order.entryQuantity),
    };
  }
}
