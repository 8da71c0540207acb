import type { FieldIo } from './codec.ts';
import {
  type DecisionRef,
  ORDER_ROLES,
  type OrderRole,
  type OrderTerms,
  Side,
  walkSide,
} from './order.ts';
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

/**
 * What a venue can and cannot do. In-doubt resolution and the exit budget are pure functions of
 * this declaration; nothing about a venue is assumed that is not stated here.
 */
export interface VenueCapabilities {
  readonly id: string;
  /** Does the venue refuse a client order id that it has seen before? */
  readonly refusesRepeatedClientId: 'for_ever' | 'while_open' | 'never';
  /**
   * How long an order can be looked up by client id after it ended: 0 when it cannot be looked up
   * at all, Infinity when for ever.
   */
  readonly lookUpByClientIdUs: number;
  /** Is there a log of transactions with dense numbers, readable from a cursor? */
  readonly denseLog: boolean;
  /**
   * The longest time between the send and the moment at which a late request is dead; Infinity
   * where the venue declares none.
   */
  readonly inFlightHorizonUs: number;
  /** How far a read may lag behind what has happened; Infinity where no bound is declared. */
  readonly readLagUs: number;
  /** Is a GTD order that arrives past its time refused, by the venue's own clock? */
  readonly refusesPastDeadline: boolean;
  readonly reduceOnly: boolean;
  /** Stops and targets are held by the venue and end with the position they protect (X14). */
  readonly protectionTiedToPosition: boolean;
  /** A replace is one step at the venue: old and new are never live together. */
  readonly atomicReplace: boolean;
}

/** An order as it goes to a venue. */
export interface OrderSend {
  readonly order: OrderHandle;
  readonly clientOrderId: string;
  readonly decision: DecisionRef;
  readonly terms: OrderTerms;
  /** Ids reserved for the children of a bracket, in the parent's intent (X5). */
  readonly stopLossOrder: OrderHandle;
  readonly takeProfitOrder: OrderHandle;
}

export interface CancelSend {
  readonly order: OrderHandle;
  readonly attempt: number;
}

export interface ReplaceSend {
  readonly order: OrderHandle;
  readonly attempt: number;
  readonly quantity: Quantity;
  readonly limitPrice: Price;
  readonly stopPrice: Price;
}

/** The kinds of report that a venue gives on an order. */
export const REPORT_KINDS = [
  'accepted',
  'refused',
  'unknown',
  'rejected',
  'triggered',
  'suspended',
  'resumed',
  'cancelled',
  'expired',
  'cancel_refused',
  'replaced',
  'replace_refused',
  'child_accepted',
  'cancel_unknown',
  'replace_unknown',
] as const;
export type ReportKindName = (typeof REPORT_KINDS)[number];
export const ReportKind = {
  accepted: 0,
  refused: 1,
  unknown: 2,
  rejected: 3,
  triggered: 4,
  suspended: 5,
  resumed: 6,
  cancelled: 7,
  expired: 8,
  cancelRefused: 9,
  replaced: 10,
  replaceRefused: 11,
  childAccepted: 12,
  /** The answer to a cancel, or to a replace, was lost (X11). */
  cancelUnknown: 13,
  replaceUnknown: 14,
} as const;
export type ReportKind = (typeof ReportKind)[keyof typeof ReportKind];

/** A venue's word on an order, other than a fill. */
export interface OrderReport {
  report: ReportKind;
  /** `NO_ORDER` when the venue's client id is none of ours. */
  order: OrderHandle;
  /** For `child_accepted`: the parent; the child's terms are the rest. */
  parent: OrderHandle;
  role: OrderRole;
  brokerOrderId: string;
  /** The venue's reason, machine-readable, empty when there is none. */
  reason: string;
  /** Quantity and prices in force, for `replaced` and `child_accepted`. */
  quantity: Quantity;
  limitPrice: Price;
  stopPrice: Price;
  venueTime: TimeUs;
  /** Number in the venue's dense log; 0 for what is in no log. */
  cursor: number;
}

export function blankReport(): OrderReport {
  return {
    report: ReportKind.accepted,
    order: NO_ORDER,
    parent: NO_ORDER,
    role: 0,
    brokerOrderId: '',
    reason: '',
    quantity: 0 as Quantity,
    limitPrice: NO_PRICE,
    stopPrice: NO_PRICE,
    venueTime: NO_TIME,
    cursor: 0,
  };
}

/**
 * Exact rate from an instrument's quote currency to the account currency: numerator ÷ denominator.
 */
export interface Rate {
  numerator: number;
  denominator: number;
}

/** An execution, with the money that the venue states for it. */
export interface FillReport {
  /** `NO_ORDER` when the venue's client id is none of ours. */
  order: OrderHandle;
  instrument: InstrumentIndex;
  side: Side;
  executionId: string;
  quantity: Quantity;
  price: Price;
  /** Quote currency to account currency, as the venue used it. */
  rate: Rate;
  /** Realised profit of this fill in account currency, as the venue booked it. */
  realized: Money;
  /** Commission in account currency: positive is paid. */
  commission: Money;
  /** The account's balance after this fill, as the venue states it. */
  balance: Money;
  venueTime: TimeUs;
  cursor: number;
}

export function blankFill(): FillReport {
  return {
    order: NO_ORDER,
    instrument: 0 as InstrumentIndex,
    side: Side.buy,
    executionId: '',
    quantity: 0 as Quantity,
    price: NO_PRICE,
    rate: { numerator: 1, denominator: 1 },
    realized: 0n as Money,
    commission: 0n as Money,
    balance: 0n as Money,
    venueTime: NO_TIME,
    cursor: 0,
  };
}

/**
 * Facts about the account that the broker alone decides (X24): a closed list. `fill` stands apart
 * as {@link FillReport}; a kind that is not here is `unknown` and holds the account.
 */
export const LEDGER_KINDS = [
  'fill_bust',
  'fill_correction',
  'foreign_order',
  'foreign_fill',
  'margin_call',
  'margin_closeout',
  'financing',
  'fee',
  'transfer',
  'adjustment',
  'account_reset',
  'account_config',
  'instrument_halt',
  'unknown',
] as const;
export type LedgerKindName = (typeof LEDGER_KINDS)[number];
export const LedgerKind = {
  fillBust: 0,
  fillCorrection: 1,
  foreignOrder: 2,
  foreignFill: 3,
  marginCall: 4,
  marginCloseout: 5,
  financing: 6,
  fee: 7,
  transfer: 8,
  adjustment: 9,
  accountReset: 10,
  accountConfig: 11,
  instrumentHalt: 12,
  unknown: 13,
} as const;
export type LedgerKind = (typeof LedgerKind)[keyof typeof LedgerKind];

export interface LedgerFact {
  fact: LedgerKind;
  /** The instrument concerned, where `hasInstrument`. */
  instrument: InstrumentIndex;
  hasInstrument: boolean;
  /** Signed quantity of a foreign fill, bust or correction; else 0. */
  quantity: Quantity;
  price: Price;
  /** Change of balance in account currency. */
  amount: Money;
  /** Balance after it, as the venue states it. */
  balance: Money;
  /**
   * The broker's own id of the fact or of the execution it concerns; for a foreign order the client
   * order id that it carries, where it has one: it tells a second engine from a stranger (X4).
   */
  reference: string;
  reason: string;
  venueTime: TimeUs;
  cursor: number;
}

export function blankLedgerFact(): LedgerFact {
  return {
    fact: LedgerKind.unknown,
    instrument: 0 as InstrumentIndex,
    hasInstrument: false,
    quantity: 0 as Quantity,
    price: NO_PRICE,
    amount: 0n as Money,
    balance: 0n as Money,
    reference: '',
    reason: '',
    venueTime: NO_TIME,
    cursor: 0,
  };
}

export function walkReport(io: FieldIo, r: OrderReport): void {
  r.report = io.code('report', r.report, REPORT_KINDS) as ReportKind;
  r.order = io.int('order', r.order) as OrderHandle;
  r.parent = io.int('parent', r.parent) as OrderHandle;
  r.role = io.code('role', r.role, ORDER_ROLES) as OrderRole;
  r.brokerOrderId = io.text('brokerOrderId', r.brokerOrderId);
  r.reason = io.text('reason', r.reason);
  r.quantity = io.int('quantity', r.quantity) as Quantity;
  r.limitPrice = io.int('limitPrice', r.limitPrice) as Price;
  r.stopPrice = io.int('stopPrice', r.stopPrice) as Price;
  r.venueTime = io.int('venueTime', r.venueTime) as TimeUs;
  r.cursor = io.int('cursor', r.cursor);
}

export function walkFill(io: FieldIo, f: FillReport): void {
  f.order = io.int('order', f.order) as OrderHandle;
  f.instrument = io.u16('instrument', f.instrument) as InstrumentIndex;
  f.side = walkSide(io, 'side', f.side);
  f.executionId = io.text('executionId', f.executionId);
  f.quantity = io.int('quantity', f.quantity) as Quantity;
  f.price = io.int('price', f.price) as Price;
  f.rate.numerator = io.int('rateNumerator', f.rate.numerator);
  f.rate.denominator = io.int('rateDenominator', f.rate.denominator);
  f.realized = io.big('realized', f.realized) as Money;
  f.commission = io.big('commission', f.commission) as Money;
  f.balance = io.big('balance', f.balance) as Money;
  f.venueTime = io.int('venueTime', f.venueTime) as TimeUs;
  f.cursor = io.int('cursor', f.cursor);
}

export function walkLedgerFact(io: FieldIo, f: LedgerFact): void {
  f.fact = io.code('fact', f.fact, LEDGER_KINDS) as LedgerKind;
  f.instrument = io.u16('instrument', f.instrument) as InstrumentIndex;
  f.hasInstrument = io.bool('hasInstrument', f.hasInstrument);
  f.quantity = io.int('quantity', f.quantity) as Quantity;
  f.price = io.int('price', f.price) as Price;
  f.amount = io.big('amount', f.amount) as Money;
  f.balance = io.big('balance', f.balance) as Money;
  f.reference = io.text('reference', f.reference);
  f.reason = io.text('reason', f.reason);
  f.venueTime = io.int('venueTime', f.venueTime) as TimeUs;
  f.cursor = io.int('cursor', f.cursor);
}
