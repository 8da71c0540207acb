import type { FieldIo } from './codec.ts';
import { type Command, type EnableStrategy, walkCommand, walkEnableStrategy } from './commands.ts';
import { type Control, walkControl } from './control.ts';
import {
  type LogRead,
  type LookUpAnswer,
  type OrderResolution,
  walkLogRead,
  walkLookUpAnswer,
  walkResolution,
} from './doubt.ts';
import { type Quote, walkQuote } from './quote.ts';
import { type Opening, type Snapshot, walkOpening, walkSnapshot } from './reconciliation.ts';
import type { OrderHandle, TimeUs } from './units.ts';
import {
  type FillReport,
  type LedgerFact,
  type OrderReport,
  walkFill,
  walkLedgerFact,
  walkReport,
} from './venue.ts';

/** Kinds of input, as they are numbered in the journal. Decided records start at 64. */
export const InputKind = {
  configured: 1,
  started: 2,
  quote: 3,
  boundary: 4,
  dispatched: 5,
  report: 6,
  fill: 7,
  ledger: 8,
  command: 9,
  gap: 10,
  resumed: 11,
  stopped: 12,
  clockJump: 13,
  recovered: 14,
  connection: 15,
  lookUpAnswer: 16,
  logRead: 17,
  snapshot: 18,
  resolveOrder: 19,
  quotes: 20,
  bound: 21,
  strategiesReset: 22,
  enableStrategy: 23,
  control: 24,
  closing: 25,
  opening: 26,
  venueClock: 27,
} as const;
export type InputKind = (typeof InputKind)[keyof typeof InputKind];

/** The configuration and all that decisions depend on, by content (X2). */
export interface Configured {
  readonly kind: typeof InputKind.configured;
  /** Canonical JSON (RFC 8785) of the effective configuration, instruments included. */
  configuration: string;
  configHash: string;
  /** What the data is, where the run reads recorded data; empty live. */
  dataVersion: string;
  engineVersion: string;
  timeZoneVersion: string;
  /** SHA-256 of each strategy's source, in the order of the configuration. */
  strategySources: string[];
}

/** One start of the engine. */
export interface Started {
  readonly kind: typeof InputKind.started;
  prefix: string;
  nonce: string;
  /** Handles up to this one are taken, as the venue's books show: none is issued again. */
  handlesTaken: OrderHandle;
  /** A restore from a backup was declared: orders of boots that it does not know are ours (X4). */
  restored: boolean;
}

export interface QuoteInput extends Quote {
  readonly kind: typeof InputKind.quote;
}

/** A timer, a bar's end or a sampling time has come. */
export interface Boundary {
  readonly kind: typeof InputKind.boundary;
}

export const DISPATCH_OUTCOMES = ['sent', 'withdrawn'] as const;
export const DispatchOutcome = { sent: 0, withdrawn: 1 } as const;
export type DispatchOutcome = (typeof DispatchOutcome)[keyof typeof DispatchOutcome];

/**
 * What the outbox did with a submit: wrote it to the venue, or withdrew it, provably unsent (X8).
 */
export interface Dispatched {
  readonly kind: typeof InputKind.dispatched;
  order: OrderHandle;
  outcome: DispatchOutcome;
  reason: string;
}

export interface ReportInput {
  readonly kind: typeof InputKind.report;
  readonly report: OrderReport;
}

export interface FillInput {
  readonly kind: typeof InputKind.fill;
  readonly fill: FillReport;
}

export interface LedgerInput {
  readonly kind: typeof InputKind.ledger;
  readonly ledger: LedgerFact;
}

export interface CommandInput extends Command {
  readonly kind: typeof InputKind.command;
}

/** Market data was missing over a span of time. */
export interface GapInput {
  readonly kind: typeof InputKind.gap;
  from: TimeUs;
  to: TimeUs;
}

/** A restart found state and goes on with it; strategies are told their positions and orders. */
export interface ResumedInput {
  readonly kind: typeof InputKind.resumed;
}

export interface StoppedInput {
  readonly kind: typeof InputKind.stopped;
  reason: string;
}

/** The clock stepped further than re-anchoring may hide (X29). */
export interface ClockJumpInput {
  readonly kind: typeof InputKind.clockJump;
  fromTime: TimeUs;
  toTime: TimeUs;
}

/**
 * The venue's clock was measured (X29): it stands `offsetUs` before the engine's. From the first of
 * these on quotes count by the time that the venue states.
 */
export interface VenueClockInput {
  readonly kind: typeof InputKind.venueClock;
  offsetUs: number;
}

/**
 * A restart found state: what was on its way is in doubt, every connection is closed, and no new
 * risk is taken before engine and broker were compared (X8, X27).
 */
export interface RecoveredInput {
  readonly kind: typeof InputKind.recovered;
}

/**
 * The connection that orders go out on was opened or closed. Connections are numbered upwards
 * through the engine's life; one is opened here before anything is sent on it.
 */
export interface ConnectionInput {
  readonly kind: typeof InputKind.connection;
  connection: number;
  open: boolean;
}

export interface LookUpAnswerInput {
  readonly kind: typeof InputKind.lookUpAnswer;
  readonly answer: LookUpAnswer;
}

export interface LogReadInput {
  readonly kind: typeof InputKind.logRead;
  readonly logRead: LogRead;
}

export interface SnapshotInput {
  readonly kind: typeof InputKind.snapshot;
  readonly snapshot: Snapshot;
}

export interface ResolveOrderInput {
  readonly kind: typeof InputKind.resolveOrder;
  readonly resolution: OrderResolution;
}

export interface EnableStrategyInput extends EnableStrategy {
  readonly kind: typeof InputKind.enableStrategy;
}

/**
 * Quotes by reference: rows of the tape that the run's data version names, instead of their values.
 */
export interface QuotesInput {
  readonly kind: typeof InputKind.quotes;
  /** Row of the tape, from 0. */
  firstRow: number;
  rows: number;
}

/** The account at a venue that a journal is of; any other is refused at a start (X4). */
export interface AccountBinding {
  readonly venue: string;
  /** `backtest`, `paper`, `practice` or `live`: what its money is. */
  readonly environment: string;
  readonly account: string;
  readonly currency: string;
}

/** The first input of a journal: the account that it is of. */
export interface BoundInput {
  readonly kind: typeof InputKind.bound;
  venue: string;
  environment: string;
  account: string;
  currency: string;
}

/** What becomes of strategies whose state is not taken over. */
export const STRATEGY_RESETS = ['fresh', 'none'] as const;
export const StrategyReset = { fresh: 0, none: 1 } as const;
export type StrategyReset = (typeof StrategyReset)[keyof typeof StrategyReset];

/**
 * An operator accepted that strategies do not go on from their state: they start afresh, or do not
 * run at all (X2, X3). The book is not touched by it.
 */
export interface StrategiesReset {
  readonly kind: typeof InputKind.strategiesReset;
  reset: StrategyReset;
  by: string;
  reason: string;
}

/** An operator's word on whether the engine may trade. */
export interface ControlInput {
  readonly kind: typeof InputKind.control;
  readonly control: Control;
}

/** The engine is about to stop: strategies ask for nothing new from here to the next start. */
export interface ClosingInput {
  readonly kind: typeof InputKind.closing;
  reason: string;
}

/** The account at which the books begin; a book that has begun takes it as a snapshot (X27). */
export interface OpeningInput {
  readonly kind: typeof InputKind.opening;
  readonly opening: Opening;
}

/** Everything that may change the engine; nothing else does. */
export type Input =
  | Configured
  | Started
  | QuoteInput
  | Boundary
  | Dispatched
  | ReportInput
  | FillInput
  | LedgerInput
  | CommandInput
  | GapInput
  | ResumedInput
  | StoppedInput
  | ClockJumpInput
  | VenueClockInput
  | RecoveredInput
  | ConnectionInput
  | LookUpAnswerInput
  | LogReadInput
  | SnapshotInput
  | ResolveOrderInput
  | QuotesInput
  | BoundInput
  | StrategiesReset
  | EnableStrategyInput
  | ControlInput
  | ClosingInput
  | OpeningInput;

/** Inputs that are applied one by one; quotes have a way of their own. */
export type AppliedInput = Exclude<Input, QuoteInput | QuotesInput>;

function walkConfigured(io: FieldIo, c: Configured): void {
  c.configuration = io.text('configuration', c.configuration);
  c.configHash = io.text('configHash', c.configHash);
  c.dataVersion = io.text('dataVersion', c.dataVersion);
  c.engineVersion = io.text('engineVersion', c.engineVersion);
  c.timeZoneVersion = io.text('timeZoneVersion', c.timeZoneVersion);
  c.strategySources = io.scalars('strategySources', c.strategySources, '', (inner, source) =>
    inner.text('source', source),
  );
}

/** Visits the fields of a binding; returns what was read or written. */
export function walkBinding(io: FieldIo, binding: AccountBinding): AccountBinding {
  return {
    venue: io.text('venue', binding.venue),
    environment: io.text('environment', binding.environment),
    account: io.text('account', binding.account),
    currency: io.text('currency', binding.currency),
  };
}

function walkStrategiesReset(io: FieldIo, r: StrategiesReset): void {
  r.reset = io.code('reset', r.reset, STRATEGY_RESETS) as StrategyReset;
  r.by = io.text('by', r.by);
  r.reason = io.text('reason', r.reason);
}

function walkQuotes(io: FieldIo, q: QuotesInput): void {
  q.firstRow = io.int('firstRow', q.firstRow);
  q.rows = io.u32('rows', q.rows);
}

function walkDispatched(io: FieldIo, d: Dispatched): void {
  d.order = io.int('order', d.order) as OrderHandle;
  d.outcome = io.code('outcome', d.outcome, DISPATCH_OUTCOMES) as DispatchOutcome;
  d.reason = io.text('reason', d.reason);
}

function walkConnection(io: FieldIo, c: ConnectionInput): void {
  c.connection = io.int('connection', c.connection);
  c.open = io.bool('open', c.open);
}

function walkStarted(io: FieldIo, input: Started): void {
  input.prefix = io.text('prefix', input.prefix);
  input.nonce = io.text('nonce', input.nonce);
  input.handlesTaken = io.int('handlesTaken', input.handlesTaken) as OrderHandle;
  input.restored = io.bool('restored', input.restored);
}

/** Visits an input's fields; its kind and version stand in the frame around it. */
export function walkInput(io: FieldIo, input: Input): void {
  switch (input.kind) {
    case InputKind.configured:
      walkConfigured(io, input);
      return;
    case InputKind.started:
      walkStarted(io, input);
      return;
    case InputKind.quote:
      walkQuote(io, input);
      return;
    case InputKind.boundary:
    case InputKind.resumed:
    case InputKind.recovered:
      return;
    case InputKind.dispatched:
      walkDispatched(io, input);
      return;
    case InputKind.report:
      walkReport(io, input.report);
      return;
    case InputKind.fill:
      walkFill(io, input.fill);
      return;
    case InputKind.ledger:
      walkLedgerFact(io, input.ledger);
      return;
    case InputKind.command:
      walkCommand(io, input);
      return;
    case InputKind.gap:
      input.from = io.int('from', input.from) as TimeUs;
      input.to = io.int('to', input.to) as TimeUs;
      return;
    case InputKind.stopped:
    case InputKind.closing:
      input.reason = io.text('reason', input.reason);
      return;
    case InputKind.clockJump:
      input.fromTime = io.int('fromTime', input.fromTime) as TimeUs;
      input.toTime = io.int('toTime', input.toTime) as TimeUs;
      return;
    case InputKind.venueClock:
      input.offsetUs = io.int('offsetUs', input.offsetUs);
      return;
    case InputKind.connection:
      walkConnection(io, input);
      return;
    case InputKind.lookUpAnswer:
      walkLookUpAnswer(io, input.answer);
      return;
    case InputKind.logRead:
      walkLogRead(io, input.logRead);
      return;
    case InputKind.snapshot:
      walkSnapshot(io, input.snapshot);
      return;
    case InputKind.opening:
      walkOpening(io, input.opening);
      return;
    case InputKind.resolveOrder:
      walkResolution(io, input.resolution);
      return;
    case InputKind.bound:
      Object.assign(input, walkBinding(io, input));
      return;
    case InputKind.strategiesReset:
      walkStrategiesReset(io, input);
      return;
    case InputKind.control:
      walkControl(io, input.control);
      return;
    case InputKind.quotes:
      walkQuotes(io, input);
      return;
    case InputKind.enableStrategy:
      walkEnableStrategy(io, input);
      return;
  }
}
