import type { FieldIo } from './codec.ts';
import { TRADING_STATES, TradingState } from './gate.ts';
import { type InstrumentIndex, NO_ORDER, NO_TIME, type OrderHandle, type TimeUs } from './units.ts';

export const CONTROL_ACTIONS = ['kill', 'resume', 'flatten', 'adopt'] as const;
export const ControlAction = { kill: 0, resume: 1, flatten: 2, adopt: 3 } as const;
export type ControlAction = (typeof ControlAction)[keyof typeof ControlAction];

/**
 * An operator stops the engine, arms it again, has its positions closed (X21, X22), or takes over
 * what stood at the broker when the books were opened (X27).
 */
export interface Control {
  action: ControlAction;
  /** Of a kill: the state it leads to, `exit_only` or `halted`. */
  tradingState: TradingState;
  /** Of a kill: positions are closed as well. */
  flatten: boolean;
  by: string;
  reason: string;
  /** Of a resume: causes that persist are passed over until then; `NO_TIME` for not at all. */
  overrideUntil: TimeUs;
  /** Of a resume after a drawdown: it is measured from equity as it is now (X21). */
  newPeak: boolean;
  /** Of a resume: a cause that persists outside the kernel, as its driver knows; else empty. */
  outside: string;
}

/** A control with every field blank, to read into or to build from. */
export function blankControl(): Control {
  return {
    action: ControlAction.kill,
    tradingState: TradingState.exitOnly,
    flatten: false,
    by: '',
    reason: '',
    overrideUntil: NO_TIME,
    newPeak: false,
    outside: '',
  };
}

export function walkControl(io: FieldIo, c: Control): void {
  c.action = io.code('action', c.action, CONTROL_ACTIONS) as ControlAction;
  c.tradingState = io.code('tradingState', c.tradingState, TRADING_STATES) as TradingState;
  c.flatten = io.bool('flatten', c.flatten);
  c.by = io.text('by', c.by);
  c.reason = io.text('reason', c.reason);
  c.overrideUntil = io.int('overrideUntil', c.overrideUntil) as TimeUs;
  c.newPeak = io.bool('newPeak', c.newPeak);
  c.outside = io.text('outside', c.outside);
}

/** Trading goes from one state to another. */
export interface StateChange {
  from: TradingState;
  to: TradingState;
  by: string;
  reason: string;
}

export function walkStateChange(io: FieldIo, c: StateChange): void {
  c.from = io.code('from', c.from, TRADING_STATES) as TradingState;
  c.to = io.code('to', c.to, TRADING_STATES) as TradingState;
  c.by = io.text('by', c.by);
  c.reason = io.text('reason', c.reason);
}

/** What stops new risk and may persist: arming is refused while it does (X21). */
export const STOP_CAUSES = [
  'failure_rate',
  'doubt_age',
  'venue_lost',
  'flatten_unfinished',
  'outside',
  'daily_loss',
  'run_drawdown',
] as const;
export type StopCause = (typeof STOP_CAUSES)[number];

/** Causes as bits, in the order of {@link STOP_CAUSES}. */
export function causeBits(causes: readonly StopCause[]): number {
  return causes.reduce((bits, cause) => bits | (1 << STOP_CAUSES.indexOf(cause)), 0);
}

/** The causes that the bits stand for. */
export function causesOf(bits: number): readonly StopCause[] {
  return STOP_CAUSES.filter((_, at) => (bits & (1 << at)) !== 0);
}

/** Causes that an operator passes over, in a name and until a time. */
export interface Override {
  /** Bits of causes. */
  causes: number;
  until: TimeUs;
  /** The drawdown is measured anew. */
  newPeak: boolean;
  by: string;
  reason: string;
}

export function blankOverride(): Override {
  return { causes: 0, until: NO_TIME, newPeak: false, by: '', reason: '' };
}

export function walkOverride(io: FieldIo, o: Override): void {
  o.causes = io.u8('causes', o.causes);
  o.until = io.int('until', o.until) as TimeUs;
  o.newPeak = io.bool('newPeak', o.newPeak);
  o.by = io.text('by', o.by);
  o.reason = io.text('reason', o.reason);
}

/** An operator took over what stood at the broker when the books were opened (X27). */
export interface Adoption {
  by: string;
  reason: string;
}

export function walkAdoption(io: FieldIo, a: Adoption): void {
  a.by = io.text('by', a.by);
  a.reason = io.text('reason', a.reason);
}

/**
 * Steps of a flatten job: it begins; sends an exit; waits for a session, the venue or its next
 * attempt; asks the broker whether it is flat; is done, or given up by name.
 */
export const FLATTEN_STEPS = ['begun', 'exit', 'wait', 'verify', 'done', 'given_up'] as const;
export const FlattenStep = {
  begun: 0,
  exit: 1,
  wait: 2,
  verify: 3,
  done: 4,
  givenUp: 5,
} as const;
export type FlattenStep = (typeof FlattenStep)[keyof typeof FlattenStep];

/** One step of the job that closes the position in an instrument (X22). */
export interface Flattening {
  instrument: InstrumentIndex;
  step: FlattenStep;
  /** The exit that was sent, else `NO_ORDER`. */
  order: OrderHandle;
  /** Attempts so far that did not end flat. */
  attempt: number;
  /** When it goes on by itself; `NO_TIME` where it waits for an event. */
  nextAt: TimeUs;
  by: string;
  reason: string;
}

export function blankFlattening(): Flattening {
  return {
    instrument: 0 as InstrumentIndex,
    step: FlattenStep.begun,
    order: NO_ORDER,
    attempt: 0,
    nextAt: NO_TIME,
    by: '',
    reason: '',
  };
}

export function walkFlattening(io: FieldIo, f: Flattening): void {
  f.instrument = io.u16('instrument', f.instrument) as InstrumentIndex;
  f.step = io.code('step', f.step, FLATTEN_STEPS) as FlattenStep;
  f.order = io.int('order', f.order) as OrderHandle;
  f.attempt = io.int('attempt', f.attempt);
  f.nextAt = io.int('nextAt', f.nextAt) as TimeUs;
  f.by = io.text('by', f.by);
  f.reason = io.text('reason', f.reason);
}
