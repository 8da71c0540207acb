import { present } from '../../model/assert.ts';
import type { GateMode } from '../../model/gate.ts';
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

  orderCap(k: number): Quantity | undefined {
    return this.#caps.orderUnits[k];
  }

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const { instrument: k, side } = order.terms;
    const { openOrders, orderUnits, positionUnits } = this.#caps;
    const open = book.orders.openCount;
    if (openOrders !== undefined && open >= openOrders) {
      return denyEntry('open_orders_above_cap', `${openOrders}`, `${open + 1}`);
    }
    const whole = order.exitQuantity + order.entryQuantity;
    const standing = side * book.account.netQuantity(k) + book.orders.openQuantity(k, side);
    const ofOrder = (orderUnits[k] ?? Number.POSITIVE_INFINITY) - whole;
    const ofPosition = (positionUnits[k] ?? Number.POSITIVE_INFINITY) - standing - whole;
    if (ofOrder >= 0 && ofPosition >= 0) return undefined;
    const fits = order.entryQuantity + Math.min(ofOrder, ofPosition);
    const allowed = (this.#onBreach === 'cut' ? Math.max(0, fits) : 0) as Quantity;
    const { instruments } = book;
    const text = (units: number): string =>
      formatQuantity(present(instruments[k], 'instrument'), units as Quantity);
    if (ofOrder < 0) {
      const cap = text(whole + ofOrder);
      return denyEntry('order_units_above_cap', cap, text(whole), allowed);
    }
    const cap = text(standing + whole + ofPosition);
    return denyEntry('position_units_above_cap', cap, text(standing + whole), allowed);
  }
}
