import { present } from '../../model/assert.ts';
import type { DenyReasonName, GateMode } from '../../model/gate.ts';
import { formatQuantity } from '../../model/instrument.ts';
import type { Quantity } from '../../model/units.ts';
import type { Book } from '../book.ts';
import { type Denial, denyEntry, type Gate, type OnBreach, type ProposedOrder } from './gate.ts';

/** The broker's own caps; `undefined` for none. */
export interface BrokerCaps {
  /** Largest order and largest position in units, by instrument. */
  readonly orderUnits: readonly (Quantity | undefined)[];
  readonly positionUnits: readonly (Quantity | undefined)[];
  readonly openOrders: number | undefined;
}

/**
 * What the broker would refuse anyway, mirrored here, so that it is known before and is no failure:
 * order and position in units, and how many orders may be open.
 */
export class BrokerCapsGate implements Gate {
  readonly name = 'broker_caps';
  readonly mode: GateMode;
  readonly #caps: BrokerCaps;
  readonly #onBreach: OnBreach;

  constructor(mode: GateMode, caps: BrokerCaps, onBreach: OnBreach) {
    this.mode = mode;
    this.#caps = caps;
    this.#onBreach = onBreach;
  }

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const { instrument: k, side } = order.terms;
    const { openOrders, orderUnits, positionUnits } = this.#caps;
    const open = book.orders.openCount;
    if (openOrders !== undefined && open >= openOrders) {
      return denyEntry('open_orders_above_cap', `${openOrders}`, `${open + 1}`);
    }
    const whole = order.exitQuantity + order.entryQuantity;
    const orderCap = orderUnits[k];
    if (orderCap !== undefined && whole > orderCap) {
      return this.#over('order_units_above_cap', order, orderCap, whole, book);
    }
    const positionCap = positionUnits[k];
    if (positionCap === undefined) return undefined;
    const held = side * book.account.netQuantity(k) + book.orders.openQuantity(k, side);
    if (held + whole <= positionCap) return undefined;
    return this.#over('position_units_above_cap', order, positionCap, held + whole, book);
  }

  #over(
    reason: DenyReasonName,
    order: ProposedOrder,
    cap: Quantity,
    observed: number,
    book: Book,
  ): Denial {
    const instrument = present(book.instruments[order.terms.instrument], 'instrument');
    const room = order.entryQuantity - (observed - cap);
    const allowed = this.#onBreach === 'cut' ? Math.max(0, room) : 0;
    return denyEntry(
      reason,
      formatQuantity(instrument, cap),
      formatQuantity(instrument, observed as Quantity),
      allowed as Quantity,
    );
  }
}
