import type { FieldIo } from './codec.ts';
import { ORDER_STATES, OrderState, Side, walkSide } from './order.ts';
import {
  type InstrumentIndex,
  type Money,
  NO_ORDER,
  NO_PRICE,
  NO_TIME,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from './units.ts';

/** Where engine and broker can disagree: a closed list. */
export const BREAK_KINDS = [
  'missing_at_broker',
  'missing_at_engine',
  'quantity',
  'price',
  'side',
  'status',
  'duplicate',
  'late',
  'position_drift',
  'cash',
  'stale_source',
  'unknown_owner',
  'bust_correction',
  'foreign_activity',
] as const;
export type BreakKindName = (typeof BREAK_KINDS)[number];

/** An order that is open at the broker. */
export interface SnapshotOrder {
  /** As the adapter resolved its client order id; `NO_ORDER` where it is none of ours. */
  order: OrderHandle;
  clientOrderId: string;
  brokerOrderId: string;
  instrument: InstrumentIndex;
  side: Side;
  state: OrderState;
  quantity: Quantity;
  filled: Quantity;
  limitPrice: Price;
  stopPrice: Price;
}

export interface SnapshotPosition {
  instrument: InstrumentIndex;
  /** Signed; the account's whole position, whoever made it. */
  quantity: Quantity;
}

/**
 * The account as the broker states it at one cursor of its log (X26). An instrument that is not
 * listed is flat, unless the snapshot is incomplete: then nothing follows from what it lacks.
 */
export interface Snapshot {
  /** The question that it answers; 0 where nobody asked. */
  ask: number;
  /** 0 at a venue without a log. */
  cursor: number;
  complete: boolean;
  balance: Money;
  positions: SnapshotPosition[];
  openOrders: SnapshotOrder[];
  venueTime: TimeUs;
}

export function blankSnapshot(): Snapshot {
  return {
    ask: 0,
    cursor: 0,
    complete: false,
    balance: 0n as Money,
    positions: [],
    openOrders: [],
    venueTime: NO_TIME,
  };
}

/** A part of a position that stood at the broker when the engine's books were opened. */
export interface OpeningLot {
  instrument: InstrumentIndex;
  /** Signed: positive is long. */
  quantity: Quantity;
  /** What was paid, to the nearest price count. */
  price: Price;
  venueTime: TimeUs;
}

/**
 * Where a new journal begins on an account that has a past (X27): the account at one cursor of its
 * log, and what its positions were bought at.
 */
export interface Opening {
  snapshot: Snapshot;
  /** Their sums are the positions of the snapshot. */
  lots: OpeningLot[];
}

export function blankOpening(): Opening {
  return { snapshot: blankSnapshot(), lots: [] };
}

/** One disagreement. */
export interface Break {
  /** Number in {@link BREAK_KINDS}. */
  kind: number;
  /** The order or the instrument concerned, where it is one. */
  order: OrderHandle;
  instrument: InstrumentIndex;
  /** The broker's own name of what it is about; with kind and order it tells one from another. */
  reference: string;
  /** What each side has, as counts. */
  ours: string;
  theirs: string;
}

/** What the comparison with a snapshot gave. */
export interface Reconciled {
  ask: number;
  cursor: number;
  venueTime: TimeUs;
  /** New risk may be taken from here: nothing differs, or nothing that is acted on. */
  clean: boolean;
  /** The hold is in force after it. */
  held: boolean;
  breaks: Break[];
  /** Orders and positions that were compared and agree. */
  agreed: number;
  /** Intents that the broker has answered, of those that may have reached it (X36). */
  matched: number;
  reached: number;
  /** Where a position differs: the broker's, by instrument. */
  drifts: SnapshotPosition[];
  /** When the next snapshot is asked for, engine time; `NO_TIME` for not. */
  nextAt: TimeUs;
}

export function blankReconciled(): Reconciled {
  return {
    ask: 0,
    cursor: 0,
    venueTime: NO_TIME,
    clean: false,
    held: false,
    breaks: [],
    agreed: 0,
    matched: 0,
    reached: 0,
    drifts: [],
    nextAt: NO_TIME,
  };
}

function blankPosition(): SnapshotPosition {
  return { instrument: 0 as InstrumentIndex, quantity: 0 as Quantity };
}

function walkPosition(io: FieldIo, p: SnapshotPosition): void {
  p.instrument = io.u16('instrument', p.instrument) as InstrumentIndex;
  p.quantity = io.int('quantity', p.quantity) as Quantity;
}

export function walkPositions(
  io: FieldIo,
  name: string,
  positions: SnapshotPosition[],
): SnapshotPosition[] {
  return io.list(name, positions, blankPosition, walkPosition);
}

function blankSnapshotOrder(): SnapshotOrder {
  return {
    order: NO_ORDER,
    clientOrderId: '',
    brokerOrderId: '',
    instrument: 0 as InstrumentIndex,
    side: Side.buy,
    state: OrderState.working,
    quantity: 0 as Quantity,
    filled: 0 as Quantity,
    limitPrice: NO_PRICE,
    stopPrice: NO_PRICE,
  };
}

function walkSnapshotOrder(io: FieldIo, o: SnapshotOrder): void {
  o.order = io.int('order', o.order) as OrderHandle;
  o.clientOrderId = io.text('clientOrderId', o.clientOrderId);
  o.brokerOrderId = io.text('brokerOrderId', o.brokerOrderId);
  o.instrument = io.u16('instrument', o.instrument) as InstrumentIndex;
  o.side = walkSide(io, 'side', o.side);
  o.state = io.code('state', o.state, ORDER_STATES) as OrderState;
  o.quantity = io.int('quantity', o.quantity) as Quantity;
  o.filled = io.int('filled', o.filled) as Quantity;
  o.limitPrice = io.int('limitPrice', o.limitPrice) as Price;
  o.stopPrice = io.int('stopPrice', o.stopPrice) as Price;
}

export function walkSnapshot(io: FieldIo, s: Snapshot): void {
  s.ask = io.int('ask', s.ask);
  s.cursor = io.int('cursor', s.cursor);
  s.complete = io.bool('complete', s.complete);
  s.balance = io.big('balance', s.balance) as Money;
  s.positions = walkPositions(io, 'positions', s.positions);
  s.openOrders = io.list('openOrders', s.openOrders, blankSnapshotOrder, walkSnapshotOrder);
  s.venueTime = io.int('venueTime', s.venueTime) as TimeUs;
}

function blankLot(): OpeningLot {
  return {
    instrument: 0 as InstrumentIndex,
    quantity: 0 as Quantity,
    price: NO_PRICE,
    venueTime: NO_TIME,
  };
}

function walkLot(io: FieldIo, lot: OpeningLot): void {
  lot.instrument = io.u16('instrument', lot.instrument) as InstrumentIndex;
  lot.quantity = io.int('quantity', lot.quantity) as Quantity;
  lot.price = io.int('price', lot.price) as Price;
  lot.venueTime = io.int('venueTime', lot.venueTime) as TimeUs;
}

export function walkOpening(io: FieldIo, opening: Opening): void {
  walkSnapshot(io, opening.snapshot);
  opening.lots = io.list('lots', opening.lots, blankLot, walkLot);
}

export function blankBreak(): Break {
  return {
    kind: 0,
    order: NO_ORDER,
    instrument: 0 as InstrumentIndex,
    reference: '',
    ours: '',
    theirs: '',
  };
}

export function walkBreak(io: FieldIo, b: Break): void {
  b.kind = io.code('kind', b.kind, BREAK_KINDS);
  b.order = io.int('order', b.order) as OrderHandle;
  b.instrument = io.u16('instrument', b.instrument) as InstrumentIndex;
  b.reference = io.text('reference', b.reference);
  b.ours = io.text('ours', b.ours);
  b.theirs = io.text('theirs', b.theirs);
}

export function walkReconciled(io: FieldIo, r: Reconciled): void {
  r.ask = io.int('ask', r.ask);
  r.cursor = io.int('cursor', r.cursor);
  r.venueTime = io.int('venueTime', r.venueTime) as TimeUs;
  r.clean = io.bool('clean', r.clean);
  r.held = io.bool('held', r.held);
  r.breaks = io.list('breaks', r.breaks, blankBreak, walkBreak);
  r.agreed = io.int('agreed', r.agreed);
  r.matched = io.int('matched', r.matched);
  r.reached = io.int('reached', r.reached);
  r.drifts = walkPositions(io, 'drifts', r.drifts);
  r.nextAt = io.int('nextAt', r.nextAt) as TimeUs;
}
