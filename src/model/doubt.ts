import type { FieldIo } from './codec.ts';
import { ORDER_STATES, OrderState } from './order.ts';
import {
  NO_ORDER,
  NO_PRICE,
  NO_TIME,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from './units.ts';

/**
 * What travels while an order is in doubt: questions go out, answers come back as inputs, and each
 * answer makes a verdict on record.
 */
export const LOOK_UP_OUTCOMES = ['found', 'not_found', 'failed'] as const;
export const LookUpOutcome = { found: 0, notFound: 1, failed: 2 } as const;
export type LookUpOutcome = (typeof LookUpOutcome)[keyof typeof LookUpOutcome];

/**
 * The venue's answer to a look-up by client order id. Its fills, where it has any, are told as
 * fill inputs before it: the engine infers none. `failed` is no evidence at all.
 */
export interface LookUpAnswer {
  /** Number of the question that it answers. */
  ask: number;
  order: OrderHandle;
  outcome: LookUpOutcome;
  /** The rest stands where the order was found: as the venue has it. */
  state: OrderState;
  brokerOrderId: string;
  quantity: Quantity;
  filled: Quantity;
  limitPrice: Price;
  stopPrice: Price;
  reason: string;
  /** The venue's clock when it answered; the read behind it may be older by the read lag. */
  venueTime: TimeUs;
}

export function blankLookUpAnswer(): LookUpAnswer {
  return {
    ask: 0,
    order: NO_ORDER,
    outcome: LookUpOutcome.failed,
    state: OrderState.working,
    brokerOrderId: '',
    quantity: 0 as Quantity,
    filled: 0 as Quantity,
    limitPrice: NO_PRICE,
    stopPrice: NO_PRICE,
    reason: '',
    venueTime: NO_TIME,
  };
}

export const READ_OUTCOMES = ['clean', 'failed'] as const;
export const ReadOutcome = { clean: 0, failed: 1 } as const;
export type ReadOutcome = (typeof ReadOutcome)[keyof typeof ReadOutcome];

/**
 * The venue's dense log was read from our cursor through `cursor`; its facts came before, in
 * order. `failed`: not, or not all of it.
 */
export interface LogRead {
  ask: number;
  outcome: ReadOutcome;
  cursor: number;
  /** The venue's clock at the end of the read. */
  venueTime: TimeUs;
}

export function blankLogRead(): LogRead {
  return { ask: 0, outcome: ReadOutcome.failed, cursor: 0, venueTime: NO_TIME };
}

export const RESOLUTIONS = ['placed', 'not_placed'] as const;
export const Resolution = { placed: 0, notPlaced: 1 } as const;
export type Resolution = (typeof Resolution)[keyof typeof Resolution];

/** An operator's word on an order in doubt (X9). */
export interface OrderResolution {
  order: OrderHandle;
  as: Resolution;
  /** The venue's id of it, where the operator knows one. */
  brokerOrderId: string;
  by: string;
  reason: string;
}

export function blankResolution(): OrderResolution {
  return { order: NO_ORDER, as: Resolution.placed, brokerOrderId: '', by: '', reason: '' };
}

/** A look-up of one order; its answer names the question. */
export interface LookUp {
  readonly ask: number;
  readonly order: OrderHandle;
  readonly clientOrderId: string;
  /** Empty where the venue has not told it. */
  readonly brokerOrderId: string;
}

export const QUESTIONS = ['order', 'log', 'snapshot'] as const;
export const Question = { order: 0, log: 1, snapshot: 2 } as const;
export type Question = (typeof Question)[keyof typeof Question];

/** A question that goes to the venue. */
export interface Asked {
  /** Dense number of the question. */
  ask: number;
  question: Question;
  /** The order that is looked up, else `NO_ORDER`. */
  order: OrderHandle;
  attempt: number;
  /** When the same is asked again if no answer settles it; `NO_TIME` for never. */
  nextAt: TimeUs;
}

export function blankAsked(): Asked {
  return { ask: 0, question: Question.order, order: NO_ORDER, attempt: 0, nextAt: NO_TIME };
}

/**
 * Rows of the decision table of doubt, in the order in which they are tried (X9); from `found` on,
 * what ends or prolongs a doubt beside it (X11).
 */
export const DOUBT_BRANCHES = [
  'found_awaits_facts',
  'log_clean_past_deadline',
  'log_clean_past_horizon',
  'not_found_past_deadline',
  'not_found_past_horizon',
  'nothing_to_ask',
  'stale_source',
  'never_provable',
  'awaits_end_of_flight',
  'attempts_spent',
  'connection_open',
  'closing_unconfirmed',
  'found',
  'change_alive',
  'change_done',
  'change_lost',
  'change_gone',
  'change_open',
  'operator',
] as const;
export type DoubtBranchName = (typeof DOUBT_BRANCHES)[number];
export type DoubtBranch = number & { readonly __unit: 'doubt_branch' };

/** The code of a branch in records. */
export function doubtBranch(name: DoubtBranchName): DoubtBranch {
  return DOUBT_BRANCHES.indexOf(name) as DoubtBranch;
}

export const VERDICTS = ['ask', 'presumed_absent', 'not_placed', 'found', 'change_ended'] as const;
export type VerdictName = (typeof VERDICTS)[number];
export const Verdict = {
  ask: 0,
  presumedAbsent: 1,
  notPlaced: 2,
  found: 3,
  changeEnded: 4,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** What is known of one order in doubt. All times are the venue's. */
export interface Evidence {
  /** The venue has shown it: it exists, whatever a later look-up does not find. */
  found: boolean;
  /** A time by which its connection was closed for certain, from an answer asked for after it. */
  closedBy: TimeUs;
  /** The end of the last clean read of the log, and of the last look-up that found nothing. */
  logCleanAt: TimeUs;
  notFoundAt: TimeUs;
  /** Questions of this doubt that are without an answer since the last one. */
  unanswered: number;
}

export function blankEvidence(): Evidence {
  return {
    found: false,
    closedBy: NO_TIME,
    logCleanAt: NO_TIME,
    notFoundAt: NO_TIME,
    unanswered: 0,
  };
}

/** What an answer, or its absence, showed of an order, and what follows. */
export interface DoubtVerdict {
  order: OrderHandle;
  verdict: Verdict;
  branch: DoubtBranch;
  /** The question that was answered; 0 where it was none. */
  ask: number;
  /** Evidence after it. */
  evidence: Evidence;
  /** When it is asked again, engine time; `NO_TIME` for never. */
  nextAt: TimeUs;
}

export function blankVerdict(): DoubtVerdict {
  return {
    order: NO_ORDER,
    verdict: Verdict.ask,
    branch: doubtBranch('stale_source'),
    ask: 0,
    evidence: blankEvidence(),
    nextAt: NO_TIME,
  };
}

export function walkLookUpAnswer(io: FieldIo, a: LookUpAnswer): void {
  a.ask = io.int('ask', a.ask);
  a.order = io.int('order', a.order) as OrderHandle;
  a.outcome = io.code('outcome', a.outcome, LOOK_UP_OUTCOMES) as LookUpOutcome;
  a.state = io.code('state', a.state, ORDER_STATES) as OrderState;
  a.brokerOrderId = io.text('brokerOrderId', a.brokerOrderId);
  a.quantity = io.int('quantity', a.quantity) as Quantity;
  a.filled = io.int('filled', a.filled) as Quantity;
  a.limitPrice = io.int('limitPrice', a.limitPrice) as Price;
  a.stopPrice = io.int('stopPrice', a.stopPrice) as Price;
  a.reason = io.text('reason', a.reason);
  a.venueTime = io.int('venueTime', a.venueTime) as TimeUs;
}

export function walkLogRead(io: FieldIo, r: LogRead): void {
  r.ask = io.int('ask', r.ask);
  r.outcome = io.code('outcome', r.outcome, READ_OUTCOMES) as ReadOutcome;
  r.cursor = io.int('cursor', r.cursor);
  r.venueTime = io.int('venueTime', r.venueTime) as TimeUs;
}

export function walkResolution(io: FieldIo, r: OrderResolution): void {
  r.order = io.int('order', r.order) as OrderHandle;
  r.as = io.code('as', r.as, RESOLUTIONS) as Resolution;
  r.brokerOrderId = io.text('brokerOrderId', r.brokerOrderId);
  r.by = io.text('by', r.by);
  r.reason = io.text('reason', r.reason);
}

export function walkAsked(io: FieldIo, a: Asked): void {
  a.ask = io.int('ask', a.ask);
  a.question = io.code('question', a.question, QUESTIONS) as Question;
  a.order = io.int('order', a.order) as OrderHandle;
  a.attempt = io.int('attempt', a.attempt);
  a.nextAt = io.int('nextAt', a.nextAt) as TimeUs;
}

export function walkEvidence(io: FieldIo, e: Evidence): void {
  e.found = io.bool('found', e.found);
  e.closedBy = io.int('closedBy', e.closedBy) as TimeUs;
  e.logCleanAt = io.int('logCleanAt', e.logCleanAt) as TimeUs;
  e.notFoundAt = io.int('notFoundAt', e.notFoundAt) as TimeUs;
  e.unanswered = io.int('unanswered', e.unanswered);
}

export function walkVerdict(io: FieldIo, v: DoubtVerdict): void {
  v.order = io.int('order', v.order) as OrderHandle;
  v.verdict = io.code('verdict', v.verdict, VERDICTS) as Verdict;
  v.branch = io.code('branch', v.branch, DOUBT_BRANCHES) as DoubtBranch;
  v.ask = io.int('ask', v.ask);
  walkEvidence(io, v.evidence);
  v.nextAt = io.int('nextAt', v.nextAt) as TimeUs;
}
