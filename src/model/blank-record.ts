import { blankFlattening, blankOverride } from './control.ts';
import { blankAsked, blankVerdict } from './doubt.ts';
import { blankExitJob } from './exit-job.ts';
import { blankExitRetry } from './exit-retry.ts';
import { blankDecision, blankTerms, OrderRole, OrderState, Side } from './order.ts';
import { blankReconciled } from './reconciliation.ts';
import { type KernelRecord, RecordKind } from './records.ts';
import { blankRailTrip, blankRiskDay } from './risk.ts';
import {
  type InstrumentIndex,
  type Money,
  NO_ORDER,
  NO_PRICE,
  NO_TIME,
  type Quantity,
} from './units.ts';
import { blankFill, blankLedgerFact } from './venue.ts';

const NOTHING = 0 as Quantity;
const NO_MONEY = 0n as Money;
const FIRST = 0 as InstrumentIndex;
const CHANGE = { quantity: NOTHING, limitPrice: NO_PRICE, stopPrice: NO_PRICE };

/** A decided record of the kind with every field blank, to read into; `undefined` if unknown. */
export function blankRecord(kind: number): KernelRecord | undefined {
  switch (kind) {
    case RecordKind.decision:
      return {
        kind,
        action: 0,
        decision: blankDecision(),
        key: '',
        terms: blankTerms(),
        order: NO_ORDER,
      };
    case RecordKind.denial:
      return {
        kind,
        decision: blankDecision(),
        gate: 0,
        reason: 0 as never,
        limit: '',
        observed: '',
        shadow: false,
        entryOnly: false,
        allowed: NOTHING,
        configHash: '',
      };
    case RecordKind.intent:
      return {
        kind,
        order: NO_ORDER,
        decision: blankDecision(),
        key: '',
        terms: blankTerms(),
        requested: NOTHING,
        exitQuantity: NOTHING,
        reservedPrice: NO_PRICE,
        stopLossOrder: NO_ORDER,
        takeProfitOrder: NO_ORDER,
      };
    case RecordKind.orderMoved:
      return {
        kind,
        order: NO_ORDER,
        event: 0,
        from: OrderState.intended,
        to: OrderState.intended,
        edge: 0,
        flags: 0,
        brokerOrderId: '',
        reason: '',
        ...CHANGE,
        venueTime: NO_TIME,
        cursor: 0,
      };
    case RecordKind.fillBooked:
      return {
        kind,
        fill: blankFill(),
        role: OrderRole.order,
        to: OrderState.filled,
        edge: 0,
        filled: NOTHING,
      };
    case RecordKind.tradeClosed:
      return {
        kind,
        instrument: FIRST,
        side: Side.buy,
        quantity: NOTHING,
        openTime: NO_TIME,
        closeTime: NO_TIME,
        entryCost: 0n,
        exitPrice: NO_PRICE,
        pnlNative: 0n,
        pnl: NO_MONEY,
        riskNative: 0n,
        decision: blankDecision(),
      };
    default:
      return blankLesserRecord(kind);
  }
}

function blankLesserRecord(kind: number): KernelRecord | undefined {
  switch (kind) {
    case RecordKind.ledgerBooked:
      return { kind, ledger: blankLedgerFact() };
    case RecordKind.cancelIntent:
      return { kind, order: NO_ORDER, attempt: 0, decision: blankDecision() };
    case RecordKind.replaceIntent:
      return { kind, order: NO_ORDER, attempt: 0, decision: blankDecision(), ...CHANGE };
    case RecordKind.tradingState:
      return { kind, from: 0, to: 0, by: '', reason: '' };
    case RecordKind.equityMark:
      return {
        kind,
        balance: NO_MONEY,
        unrealized: NO_MONEY,
        marginUsed: NO_MONEY,
        peak: NO_MONEY,
        maxDrawdown: NO_MONEY,
      };
    case RecordKind.asked:
      return { kind, asked: blankAsked() };
    case RecordKind.verdict:
      return { kind, verdict: blankVerdict() };
    case RecordKind.reconciled:
      return { kind, reconciled: blankReconciled() };
    case RecordKind.riskDay:
      return { kind, ...blankRiskDay() };
    case RecordKind.railTripped:
      return { kind, ...blankRailTrip() };
    case RecordKind.exitRetry:
      return { kind, exitRetry: blankExitRetry() };
    case RecordKind.exitJob:
      return { kind, exitJob: blankExitJob() };
    case RecordKind.adopted:
      return { kind, by: '', reason: '' };
    case RecordKind.overridden:
      return { kind, override: blankOverride() };
    case RecordKind.flattening:
      return { kind, flattening: blankFlattening() };
    case RecordKind.alert:
      return { kind, severity: 0, key: '', text: '' };
    case RecordKind.childOpened:
      return {
        kind,
        order: NO_ORDER,
        parent: NO_ORDER,
        role: OrderRole.stopLoss,
        brokerOrderId: '',
        ...CHANGE,
        venueTime: NO_TIME,
        cursor: 0,
      };
    default:
      return undefined;
  }
}
