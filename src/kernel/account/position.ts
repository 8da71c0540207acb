import { divideRounded } from '../../model/arithmetic.ts';
import { assert } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { blankDecision, type DecisionRef, type Side, walkDecision } from '../../model/order.ts';
import type { Price, Quantity, TimeUs } from '../../model/units.ts';

/**
 * How a closing fill is set against what was paid (X25): `average` releases cost in proportion,
 * `lots` closes the oldest lot first.
 */
export const COST_BASES = ['average', 'lots'] as const;
export type CostBasis = (typeof COST_BASES)[number];

/** Quantity bought or sold at one cost. `average` keeps one lot, which entries are merged into. */
interface Lot {
  /** Unsigned. */
  quantity: Quantity;
  /** Exact: the sum of price count × quantity count. */
  cost: bigint;
  /** Distance to the initial stop × quantity, or −1 where an entry had no stop. */
  risk: bigint;
  openTime: TimeUs;
  decision: DecisionRef;
}

/** What a fill adds: where from, and what stands behind it. */
export interface PositionFill {
  readonly side: Side;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly time: TimeUs;
  readonly decision: DecisionRef;
  /** Price counts from the fill to the initial stop, or −1 where the order had no stop. */
  readonly stopDistance: number;
  /** The lot to close before all others, by what opened it; left out, or gone: the oldest. */
  readonly lot?: DecisionRef | undefined;
}

/** One closing slice: the part of a fill that closed one lot, or a share of it. */
export interface ClosedSlice {
  /** Side of the position that was closed. */
  readonly side: Side;
  readonly quantity: Quantity;
  /** Cost released, in value units. */
  readonly entryCost: bigint;
  /** Profit in value units, exact. */
  readonly pnl: bigint;
  readonly risk: bigint;
  readonly openTime: TimeUs;
  readonly decision: DecisionRef;
}

const NOTHING_CLOSED: readonly ClosedSlice[] = [];
const NO_RISK = -1n;

/** Exact `price × quantity`; the product of two safe integers may leave the safe range. */
function nativeValue(price: number, quantity: number): bigint {
  const product = price * quantity;
  return Number.isSafeInteger(product) ? BigInt(product) : BigInt(price) * BigInt(quantity);
}

/** `amount × part ÷ whole`, rounded half away from zero, exact when `part` is all of `whole`. */
function share(amount: bigint, part: number, whole: number): bigint {
  return part === whole ? amount : divideRounded(amount * BigInt(part), BigInt(whole));
}

function walkLot(io: FieldIo, lot: Lot): void {
  lot.quantity = io.int('quantity', lot.quantity) as Quantity;
  lot.cost = io.big('cost', lot.cost);
  lot.risk = io.big('risk', lot.risk);
  lot.openTime = io.int('openTime', lot.openTime) as TimeUs;
  walkDecision(io, lot.decision);
}

function blankLot(): Lot {
  return {
    quantity: 0 as Quantity,
    cost: 0n,
    risk: NO_RISK,
    openTime: 0 as TimeUs,
    decision: blankDecision(),
  };
}

function isOpenedBy({ decision }: Lot, { strategy, number }: DecisionRef): boolean {
  return decision.number === number && decision.strategy === strategy;
}

/**
 * A netting position in one instrument with its exact cost. Closing q of Q releases
 * round(cost·q/Q); the remainder stays, so that nothing is lost over any sequence of fills.
 */
export class Position implements Walkable {
  readonly #basis: CostBasis;
  /** Oldest first. All on the side of `quantity`. */
  #lots: Lot[] = [];
  #quantity = 0 as Quantity;
  #cost = 0n;

  constructor(basis: CostBasis) {
    this.#basis = basis;
  }

  /** Signed: positive is long. */
  get quantity(): Quantity {
    return this.#quantity;
  }

  /** Exact cost of what is held, in value units, unsigned as prices are. */
  get cost(): bigint {
    return this.#cost;
  }

  /** Books a fill; returns the slices that it closed, oldest first. */
  apply(fill: PositionFill): readonly ClosedSlice[] {
    assert(fill.quantity > 0, `fill quantity ${fill.quantity}`);
    const held = this.#quantity;
    const opposite = held !== 0 && held > 0 !== fill.side > 0;
    if (!opposite) {
      this.#open(fill, fill.quantity);
      return NOTHING_CLOSED;
    }
    const closing = Math.min(fill.quantity, Math.abs(held)) as Quantity;
    const slices = this.#close(fill, closing);
    const rest = (fill.quantity - closing) as Quantity;
    if (rest > 0) this.#open(fill, rest);
    return slices;
  }

  #open(fill: PositionFill, quantity: Quantity): void {
    const cost = nativeValue(fill.price, quantity);
    const risk = fill.stopDistance < 0 ? NO_RISK : nativeValue(fill.stopDistance, quantity);
    const last = this.#basis === 'average' ? this.#lots[0] : undefined;
    if (last === undefined) {
      const { time, decision } = fill;
      this.#lots.push({ quantity, cost, risk, openTime: time, decision });
    } else {
      last.quantity = (last.quantity + quantity) as Quantity;
      last.cost += cost;
      last.risk = last.risk < 0n || risk < 0n ? NO_RISK : last.risk + risk;
    }
    this.#cost += cost;
    this.#quantity = (this.#quantity + fill.side * quantity) as Quantity;
    assert(Number.isSafeInteger(this.#quantity), 'position beyond a safe integer');
  }

  #close(fill: PositionFill, closing: Quantity): ClosedSlice[] {
    const slices: ClosedSlice[] = [];
    let left: number = closing;
    while (left > 0) {
      const at = this.#firstToClose(fill.lot);
      const lot = this.#lots[at];
      assert(lot !== undefined, 'position has fewer lots than quantity');
      const taken = Math.min(left, lot.quantity) as Quantity;
      slices.push(this.#closeFromLot(lot, taken, fill));
      if (lot.quantity === 0) this.#lots.splice(at, 1);
      left -= taken;
    }
    this.#quantity = (this.#quantity + fill.side * closing) as Quantity;
    return slices;
  }

  #firstToClose(wanted: DecisionRef | undefined): number {
    if (wanted === undefined) return 0;
    return Math.max(
      0,
      this.#lots.findIndex((lot) => isOpenedBy(lot, wanted)),
    );
  }

  /** What is left of the oldest lot that a decision opened; 0 when there is none. */
  quantityOf(opener: DecisionRef): Quantity {
    const lot = this.#lots.find((one) => isOpenedBy(one, opener));
    return lot?.quantity ?? (0 as Quantity);
  }

  #closeFromLot(lot: Lot, taken: Quantity, fill: PositionFill): ClosedSlice {
    const entryCost = share(lot.cost, taken, lot.quantity);
    const risk = lot.risk < 0n ? NO_RISK : share(lot.risk, taken, lot.quantity);
    const proceeds = nativeValue(fill.price, taken);
    lot.quantity = (lot.quantity - taken) as Quantity;
    lot.cost -= entryCost;
    if (risk >= 0n) lot.risk -= risk;
    this.#cost -= entryCost;
    return {
      side: -fill.side as Side,
      quantity: taken,
      entryCost,
      pnl: fill.side < 0 ? proceeds - entryCost : entryCost - proceeds,
      risk,
      openTime: lot.openTime,
      decision: lot.decision,
    };
  }

  walk(io: FieldIo): void {
    this.#quantity = io.int('quantity', this.#quantity) as Quantity;
    this.#cost = io.big('cost', this.#cost);
    this.#lots = io.list('lots', this.#lots, blankLot, walkLot);
  }
}
