import { absBig } from '../../model/arithmetic.ts';
import { ORDER_STATES, type OrderState, type OrderTerms } from '../../model/order.ts';
import {
  BREAK_KINDS,
  type Break,
  type BreakKindName,
  blankBreak,
  type Snapshot,
  type SnapshotOrder,
  type SnapshotPosition,
} from '../../model/reconciliation.ts';
import type { InstrumentIndex, Money, OrderHandle, Quantity } from '../../model/units.ts';

/** An open order as the engine has it. */
export interface EngineOrder {
  readonly order: OrderHandle;
  readonly terms: Readonly<OrderTerms>;
  readonly filled: Quantity;
  readonly state: OrderState;
  /** The broker has confirmed it. One that is on its way or in doubt may be there or not. */
  readonly confirmed: boolean;
  /** A cancel or replace is unanswered: quantity, prices and presence may be old or new. */
  readonly changing: boolean;
}

/** What the engine holds at a cursor. */
export interface EngineView {
  readonly orders: readonly EngineOrder[];
  /** By instrument: the account's whole position, external included. */
  readonly positions: readonly Quantity[];
  readonly balance: Money;
  /** State of an order of ours that has ended, if we know it. */
  readonly ended: (order: OrderHandle) => OrderState | undefined;
}

/** Differences up to these are no breaks. */
export interface Tolerances {
  readonly cash: Money;
}

export interface Matching {
  readonly breaks: readonly Break[];
  /** Orders, positions and balance that were compared and agree. */
  readonly agreed: number;
  /** Where positions differ, the broker's. */
  readonly drifts: readonly SnapshotPosition[];
}

/** Collects what was compared. */
class Tally {
  readonly breaks: Break[] = [];
  readonly drifts: SnapshotPosition[] = [];
  agreed = 0;

  add(kind: BreakKindName, what: Partial<Break>): void {
    this.breaks.push({ ...blankBreak(), kind: BREAK_KINDS.indexOf(kind), ...what });
  }
}

/**
 * Compares the engine with what the broker states of the same cursor. Pure. An incomplete snapshot
 * is a stale source and shows nothing: least of all that the account is flat.
 */
export function match(engine: EngineView, snapshot: Snapshot, tolerances: Tolerances): Matching {
  const tally = new Tally();
  if (!snapshot.complete) {
    tally.add('stale_source', { ours: 'complete', theirs: 'incomplete' });
    return tally;
  }
  matchOrders(engine, snapshot.openOrders, tally);
  matchPositions(engine, snapshot.positions, tally);
  const difference = absBig(engine.balance - snapshot.balance);
  if (difference <= tolerances.cash) tally.agreed += 1;
  else tally.add('cash', { ours: String(engine.balance), theirs: String(snapshot.balance) });
  return tally;
}

function matchOrders(engine: EngineView, theirs: readonly SnapshotOrder[], tally: Tally): void {
  const open = new Map(engine.orders.map((order) => [order.order, order]));
  const seen = new Set<OrderHandle>();
  for (const their of theirs) {
    const { order, instrument, brokerOrderId } = their;
    const ours = open.get(order);
    if (seen.has(order)) tally.add('duplicate', { order, instrument, reference: brokerOrderId });
    else if (ours === undefined) addUnknown(engine, their, tally);
    else {
      seen.add(order);
      matchOrder(ours, their, tally);
    }
  }
  for (const { order, terms, state, confirmed, changing } of engine.orders) {
    if (!confirmed || changing || seen.has(order)) continue;
    const { instrument } = terms;
    tally.add('missing_at_broker', { order, instrument, ours: ORDER_STATES[state] });
  }
}

/** The broker has an open order that we have not. */
function addUnknown(engine: EngineView, their: SnapshotOrder, tally: Tally): void {
  const { order, instrument, brokerOrderId, clientOrderId } = their;
  const reference = clientOrderId === '' ? brokerOrderId : clientOrderId;
  const theirs = ORDER_STATES[their.state];
  if (order === 0) {
    tally.add('unknown_owner', { instrument, reference, theirs });
    return;
  }
  const ended = engine.ended(order);
  const ours = ended === undefined ? '' : ORDER_STATES[ended];
  const kind = ended === undefined ? 'missing_at_engine' : 'status';
  tally.add(kind, { order, instrument, reference, ours, theirs });
}

function matchOrder(ours: EngineOrder, their: SnapshotOrder, tally: Tally): void {
  const { order, terms, filled } = ours;
  const { instrument } = terms;
  const at = { order, instrument };
  const before = tally.breaks.length;
  if (terms.side !== their.side || instrument !== their.instrument) {
    tally.add('side', { ...at, ours: String(terms.side), theirs: String(their.side) });
  } else {
    const left = their.quantity - their.filled;
    const sameFill = filled === their.filled;
    const sameSize = ours.changing || terms.quantity === their.quantity;
    if (ours.confirmed && !(sameFill && sameSize)) {
      const mine = `${terms.quantity - filled} left, ${filled} filled`;
      tally.add('quantity', { ...at, ours: mine, theirs: `${left} left, ${their.filled} filled` });
    }
    const samePrice = terms.limitPrice === their.limitPrice && terms.stopPrice === their.stopPrice;
    if (!ours.changing && !samePrice) {
      tally.add('price', {
        ...at,
        ours: `limit ${terms.limitPrice}, stop ${terms.stopPrice}`,
        theirs: `limit ${their.limitPrice}, stop ${their.stopPrice}`,
      });
    }
  }
  if (tally.breaks.length === before) tally.agreed += 1;
}

function matchPositions(
  engine: EngineView,
  theirs: readonly SnapshotPosition[],
  tally: Tally,
): void {
  for (const [k, ours] of engine.positions.entries()) {
    const instrument = k as InstrumentIndex;
    const their = theirs.find((position) => position.instrument === instrument);
    const quantity = their?.quantity ?? (0 as Quantity);
    if (quantity === ours) {
      tally.agreed += 1;
      continue;
    }
    tally.add('position_drift', { instrument, ours: String(ours), theirs: String(quantity) });
    tally.drifts.push({ instrument, quantity });
  }
}
