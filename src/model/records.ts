import type { FieldIo } from './codec.ts';
import {
  type Adoption,
  type Flattening,
  type Override,
  type StateChange,
  walkAdoption,
  walkFlattening,
  walkOverride,
  walkStateChange,
} from './control.ts';
import { type Asked, type DoubtVerdict, walkAsked, walkVerdict } from './doubt.ts';
import { type ExitJob, walkExitJob } from './exit-job.ts';
import { type ExitRetry, walkExitRetry } from './exit-retry.ts';
import { DENY_REASONS, type DenyReason, GATE_NAMES } from './gate.ts';
import {
  type DecisionRef,
  ORDER_ROLES,
  ORDER_STATES,
  type OrderRole,
  type OrderState,
  type OrderTerms,
  walkDecision,
  walkTerms,
} from './order.ts';
import { type Reconciled, walkReconciled } from './reconciliation.ts';
import { type RailTrip, type RiskDay, walkRailTrip, walkRiskDay } from './risk.ts';
import { type TradeClosed, walkTradeClosed } from './trade.ts';
import type { Money, OrderHandle, Price, Quantity, TimeUs } from './units.ts';
import { type FillReport, type LedgerFact, walkFill, walkLedgerFact } from './venue.ts';

/** Kinds of decided record, as they are numbered in the journal. Inputs are below 64. */
export const RecordKind = {
  decision: 64,
  denial: 65,
  intent: 66,
  orderMoved: 67,
  fillBooked: 68,
  tradeClosed: 69,
  ledgerBooked: 70,
  cancelIntent: 71,
  replaceIntent: 72,
  tradingState: 73,
  equityMark: 74,
  alert: 75,
  childOpened: 76,
  asked: 77,
  verdict: 78,
  reconciled: 79,
  exitRetry: 80,
  riskDay: 81,
  railTripped: 82,
  overridden: 83,
  flattening: 84,
  adopted: 85,
  exitJob: 86,
} as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

export const ACTIONS = ['submit', 'cancel', 'replace'] as const;
export const Action = { submit: 0, cancel: 1, replace: 2 } as const;
export type Action = (typeof Action)[keyof typeof Action];

/** A strategy asked for something. What became of it is the record after it. */
export interface DecisionRecord {
  readonly kind: typeof RecordKind.decision;
  action: Action;
  decision: DecisionRef;
  /** Idempotency key of a submit (X6). */
  key: string;
  /** Terms asked for in a submit; for a replace the new quantity and prices. */
  terms: OrderTerms;
  /** The order to cancel or replace; `NO_ORDER` in a submit. */
  order: OrderHandle;
}

/** A gate said no, to a whole order, to its entry or a part of that or, when `shadow`, on paper. */
export interface DenialRecord {
  readonly kind: typeof RecordKind.denial;
  decision: DecisionRef;
  gate: number;
  reason: DenyReason;
  /** The limit and what was seen, as text in the unit of the gate; empty where there is none. */
  limit: string;
  observed: string;
  shadow: boolean;
  /** Only the part that opens risk was denied, or some of it; the exit part went on. */
  entryOnly: boolean;
  /** How much of the entry this gate let through: more than 0 where it was cut to a limit. */
  allowed: Quantity;
  /** Hash of the configuration that the limit stands in. */
  configHash: string;
}

/** The engine will send this order. Durable before anything reaches the venue. */
export interface IntentRecord {
  readonly kind: typeof RecordKind.intent;
  order: OrderHandle;
  decision: DecisionRef;
  key: string;
  /** Terms as sent: quantity after any cut, reduce-only where the order is an exit (X13). */
  terms: OrderTerms;
  /** What was asked for; larger than `terms.quantity` where the order was cut. */
  requested: Quantity;
  /** The part of the quantity that can only reduce the position at this moment (X13). */
  exitQuantity: Quantity;
  /** Price at which what it could fill is reserved (X17); 0 for an exit without a quote. */
  reservedPrice: Price;
  stopLossOrder: OrderHandle;
  takeProfitOrder: OrderHandle;
}

/** An order changed state, or a venue's word on it was noted. */
export interface OrderMovedRecord {
  readonly kind: typeof RecordKind.orderMoved;
  order: OrderHandle;
  /** Number of the order event in the life-cycle table. */
  event: number;
  from: OrderState;
  to: OrderState;
  /** Number of the kind of step: move, same, late, revive, break. */
  edge: number;
  /** Flags after it. */
  flags: number;
  brokerOrderId: string;
  reason: string;
  /** Quantity and prices in force, for `replaced`; else 0. */
  quantity: Quantity;
  limitPrice: Price;
  stopPrice: Price;
  venueTime: TimeUs;
  cursor: number;
}

/** The venue opened a child that protects its parent's fill. */
export interface ChildOpenedRecord {
  readonly kind: typeof RecordKind.childOpened;
  order: OrderHandle;
  parent: OrderHandle;
  role: OrderRole;
  brokerOrderId: string;
  quantity: Quantity;
  limitPrice: Price;
  stopPrice: Price;
  venueTime: TimeUs;
  cursor: number;
}

/** A fill was booked. */
export interface FillBookedRecord {
  readonly kind: typeof RecordKind.fillBooked;
  fill: FillReport;
  role: OrderRole;
  /** The order's state and filled quantity after it. */
  to: OrderState;
  edge: number;
  filled: Quantity;
}

export interface TradeClosedRecord extends TradeClosed {
  readonly kind: typeof RecordKind.tradeClosed;
}

export interface LedgerBookedRecord {
  readonly kind: typeof RecordKind.ledgerBooked;
  ledger: LedgerFact;
}

export interface CancelIntentRecord {
  readonly kind: typeof RecordKind.cancelIntent;
  order: OrderHandle;
  attempt: number;
  decision: DecisionRef;
}

export interface ReplaceIntentRecord {
  readonly kind: typeof RecordKind.replaceIntent;
  order: OrderHandle;
  attempt: number;
  decision: DecisionRef;
  quantity: Quantity;
  limitPrice: Price;
  stopPrice: Price;
}

export interface TradingStateRecord extends StateChange {
  readonly kind: typeof RecordKind.tradingState;
}

/** A sample of the account: the equity curve. */
export interface EquityMarkRecord {
  readonly kind: typeof RecordKind.equityMark;
  balance: Money;
  unrealized: Money;
  marginUsed: Money;
  /** Highest equity so far, and the largest fall from a peak so far. */
  peak: Money;
  maxDrawdown: Money;
}

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;
export const AlertSeverity = { info: 0, warning: 1, critical: 2 } as const;
export type AlertSeverity = (typeof AlertSeverity)[keyof typeof AlertSeverity];

export interface AlertRecord {
  readonly kind: typeof RecordKind.alert;
  severity: AlertSeverity;
  /** What the alert is about; alerts are throttled by it. */
  key: string;
  text: string;
}

/** The venue is asked for an order, its log or a snapshot. */
export interface AskedRecord {
  readonly kind: typeof RecordKind.asked;
  readonly asked: Asked;
}

/** What is made of an answer, or of an operator's word, on an order in doubt. */
export interface VerdictRecord {
  readonly kind: typeof RecordKind.verdict;
  readonly verdict: DoubtVerdict;
}

/** Engine and broker were compared. */
export interface ReconciledRecord {
  readonly kind: typeof RecordKind.reconciled;
  readonly reconciled: Reconciled;
}

/** Causes that persist are passed over for a while (X21). */
export interface OverriddenRecord {
  readonly kind: typeof RecordKind.overridden;
  readonly override: Override;
}

/** A step of the job that closes a position (X22). */
export interface FlatteningRecord {
  readonly kind: typeof RecordKind.flattening;
  readonly flattening: Flattening;
}

export interface AdoptedRecord extends Adoption {
  readonly kind: typeof RecordKind.adopted;
}

export interface RiskDayRecord extends RiskDay {
  readonly kind: typeof RecordKind.riskDay;
}
export interface RailTrippedRecord extends RailTrip {
  readonly kind: typeof RecordKind.railTripped;
}

/** A step of the engine's own retry of an exit. */
export interface ExitRetryRecord {
  readonly kind: typeof RecordKind.exitRetry;
  readonly exitRetry: ExitRetry;
}

/** Everything that the kernel decides. State changes only by applying one of these or an input. */
export type KernelRecord =
  | DecisionRecord
  | DenialRecord
  | IntentRecord
  | OrderMovedRecord
  | FillBookedRecord
  | TradeClosedRecord
  | LedgerBookedRecord
  | CancelIntentRecord
  | ReplaceIntentRecord
  | TradingStateRecord
  | EquityMarkRecord
  | AlertRecord
  | ChildOpenedRecord
  | AskedRecord
  | VerdictRecord
  | ReconciledRecord
  | RiskDayRecord
  | RailTrippedRecord
  | ExitRetryRecord
  | { readonly kind: typeof RecordKind.exitJob; readonly exitJob: ExitJob }
  | AdoptedRecord
  | OverriddenRecord
  | FlatteningRecord;
const EDGE_NAMES = ['move', 'same', 'late', 'revive', 'break'] as const;

function walkDecisionRecord(io: FieldIo, r: DecisionRecord): void {
  r.action = io.code('action', r.action, ACTIONS) as Action;
  walkDecision(io, r.decision);
  r.key = io.text('key', r.key);
  walkTerms(io, r.terms);
  r.order = io.int('order', r.order) as OrderHandle;
}

function walkDenial(io: FieldIo, r: DenialRecord): void {
  walkDecision(io, r.decision);
  r.gate = io.code('gate', r.gate, GATE_NAMES);
  r.reason = io.code('reason', r.reason, DENY_REASONS) as DenyReason;
  r.limit = io.text('limit', r.limit);
  r.observed = io.text('observed', r.observed);
  r.shadow = io.bool('shadow', r.shadow);
  r.entryOnly = io.bool('entryOnly', r.entryOnly);
  r.allowed = io.int('allowed', r.allowed) as Quantity;
  r.configHash = io.text('configHash', r.configHash);
}

function walkIntent(io: FieldIo, r: IntentRecord): void {
  r.order = io.int('order', r.order) as OrderHandle;
  walkDecision(io, r.decision);
  r.key = io.text('key', r.key);
  walkTerms(io, r.terms);
  r.requested = io.int('requested', r.requested) as Quantity;
  r.exitQuantity = io.int('exitQuantity', r.exitQuantity) as Quantity;
  r.reservedPrice = io.int('reservedPrice', r.reservedPrice) as Price;
  r.stopLossOrder = io.int('stopLossOrder', r.stopLossOrder) as OrderHandle;
  r.takeProfitOrder = io.int('takeProfitOrder', r.takeProfitOrder) as OrderHandle;
}

function walkOrderMoved(io: FieldIo, r: OrderMovedRecord): void {
  r.order = io.int('order', r.order) as OrderHandle;
  r.event = io.u8('event', r.event);
  r.from = io.code('from', r.from, ORDER_STATES) as OrderState;
  r.to = io.code('to', r.to, ORDER_STATES) as OrderState;
  r.edge = io.code('edge', r.edge, EDGE_NAMES);
  r.flags = io.u8('flags', r.flags);
  r.brokerOrderId = io.text('brokerOrderId', r.brokerOrderId);
  r.reason = io.text('reason', r.reason);
  r.quantity = io.int('quantity', r.quantity) as Quantity;
  r.limitPrice = io.int('limitPrice', r.limitPrice) as Price;
  r.stopPrice = io.int('stopPrice', r.stopPrice) as Price;
  r.venueTime = io.int('venueTime', r.venueTime) as TimeUs;
  r.cursor = io.int('cursor', r.cursor);
}

function walkChildOpened(io: FieldIo, r: ChildOpenedRecord): void {
  r.order = io.int('order', r.order) as OrderHandle;
  r.parent = io.int('parent', r.parent) as OrderHandle;
  r.role = io.code('role', r.role, ORDER_ROLES) as OrderRole;
  r.brokerOrderId = io.text('brokerOrderId', r.brokerOrderId);
  r.quantity = io.int('quantity', r.quantity) as Quantity;
  r.limitPrice = io.int('limitPrice', r.limitPrice) as Price;
  r.stopPrice = io.int('stopPrice', r.stopPrice) as Price;
  r.venueTime = io.int('venueTime', r.venueTime) as TimeUs;
  r.cursor = io.int('cursor', r.cursor);
}

function walkFillBooked(io: FieldIo, r: FillBookedRecord): void {
  walkFill(io, r.fill);
  r.role = io.code('role', r.role, ORDER_ROLES) as OrderRole;
  r.to = io.code('to', r.to, ORDER_STATES) as OrderState;
  r.edge = io.code('edge', r.edge, EDGE_NAMES);
  r.filled = io.int('filled', r.filled) as Quantity;
}

function walkReplaceIntent(io: FieldIo, r: ReplaceIntentRecord): void {
  r.order = io.int('order', r.order) as OrderHandle;
  r.attempt = io.u16('attempt', r.attempt);
  walkDecision(io, r.decision);
  r.quantity = io.int('quantity', r.quantity) as Quantity;
  r.limitPrice = io.int('limitPrice', r.limitPrice) as Price;
  r.stopPrice = io.int('stopPrice', r.stopPrice) as Price;
}

function walkEquityMark(io: FieldIo, r: EquityMarkRecord): void {
  r.balance = io.big('balance', r.balance) as Money;
  r.unrealized = io.big('unrealized', r.unrealized) as Money;
  r.marginUsed = io.big('marginUsed', r.marginUsed) as Money;
  r.peak = io.big('peak', r.peak) as Money;
  r.maxDrawdown = io.big('maxDrawdown', r.maxDrawdown) as Money;
}

/** Visits a decided record's fields; its kind and version stand in the frame around it. */
export function walkRecord(io: FieldIo, record: KernelRecord): void {
  switch (record.kind) {
    case RecordKind.decision:
      walkDecisionRecord(io, record);
      return;
    case RecordKind.denial:
      walkDenial(io, record);
      return;
    case RecordKind.intent:
      walkIntent(io, record);
      return;
    case RecordKind.orderMoved:
      walkOrderMoved(io, record);
      return;
    case RecordKind.fillBooked:
      walkFillBooked(io, record);
      return;
    case RecordKind.tradeClosed:
      walkTradeClosed(io, record);
      return;
    case RecordKind.ledgerBooked:
      walkLedgerFact(io, record.ledger);
      return;
    case RecordKind.cancelIntent:
      record.order = io.int('order', record.order) as OrderHandle;
      record.attempt = io.u16('attempt', record.attempt);
      walkDecision(io, record.decision);
      return;
    case RecordKind.replaceIntent:
      walkReplaceIntent(io, record);
      return;
    case RecordKind.tradingState:
      walkStateChange(io, record);
      return;
    case RecordKind.equityMark:
      walkEquityMark(io, record);
      return;
    case RecordKind.childOpened:
      walkChildOpened(io, record);
      return;
    case RecordKind.asked:
      walkAsked(io, record.asked);
      return;
    case RecordKind.verdict:
      walkVerdict(io, record.verdict);
      return;
    case RecordKind.reconciled:
      walkReconciled(io, record.reconciled);
      return;
    case RecordKind.riskDay:
      walkRiskDay(io, record);
      return;
    case RecordKind.railTripped:
      walkRailTrip(io, record);
      return;
    case RecordKind.adopted:
      walkAdoption(io, record);
      return;
    case RecordKind.exitRetry:
      walkExitRetry(io, record.exitRetry);
      return;
    case RecordKind.exitJob:
      walkExitJob(io, record.exitJob);
      return;
    case RecordKind.overridden:
      walkOverride(io, record.override);
      return;
    case RecordKind.flattening:
      walkFlattening(io, record.flattening);
      return;
    case RecordKind.alert:
      record.severity = io.code('severity', record.severity, ALERT_SEVERITIES) as AlertSeverity;
      record.key = io.text('key', record.key);
      record.text = io.text('text', record.text);
      return;
  }
}
