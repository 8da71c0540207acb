import { present } from '../../model/assert.ts';
import type { GateMode } from '../../model/gate.ts';
import { formatQuantity } from '../../model/instrument.ts';
import { Side } from '../../model/order.ts';
import type { InstrumentIndex, Quantity } from '../../model/units.ts';
import type { Book } from '../book.ts';
import { type Denial, denyEntry, type Gate, type OnBreach, type ProposedOrder } from './gate.ts';
import { eachLimit, type Standing } from './usage.ts';

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
    const standing = standingOf(book, k, side);
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

  standings(book: Book): readonly Standing[] {
    const { openOrders, orderUnits, positionUnits } = this.#caps;
    const orders = eachLimit([openOrders], (limit) => {
      const [reason, used] = ['open_orders_above_cap' as const, book.orders.openCount];
      return { reason, subject: 'account', at: 0, measure: 'orders', limit, used };
    });
    const ofOrders = eachLimit(orderUnits, (limit, at) => {
      const reason = 'order_units_above_cap';
      return { reason, subject: 'instrument', at, measure: 'units', limit, used: 0 };
    });
    const ofPositions = eachLimit(positionUnits, (limit, at) => {
      const used = Math.max(standingOf(book, at, Side.buy), standingOf(book, at, Side.sell));
      const reason = 'position_units_above_cap';
      return { reason, subject: 'instrument', at, measure: 'units', limit, used };
    });
    return [...orders, ...ofOrders, ...ofPositions];
  }
}

/** The position with every order of the side filled, counted on that side. */
function standingOf({ account, orders }: Book, k: number, side: Side): number {
  return side * account.netQuantity(k) + orders.openQuantity(k as InstrumentIndex, side);
}
