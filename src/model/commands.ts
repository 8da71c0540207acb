import type { FieldIo } from './codec.ts';
import { TRADING_STATES, type TradingState } from './gate.ts';

/** An operator's word, or the engine's own on the operator's behalf. */
export interface Command {
  tradingState: TradingState;
  by: string;
  reason: string;
}

export function blankCommand(): Command {
  return { tradingState: 0, by: '', reason: '' };
}

export function walkCommand(io: FieldIo, c: Command): void {
  c.tradingState = io.code('tradingState', c.tradingState, TRADING_STATES) as TradingState;
  c.by = io.text('by', c.by);
  c.reason = io.text('reason', c.reason);
}

/** An operator lets a strategy take new risk again that repeated executions had stopped. */
export interface EnableStrategy {
  /** Index of the strategy in the configuration. */
  strategy: number;
  by: string;
  reason: string;
}

export function blankEnableStrategy(): EnableStrategy {
  return { strategy: 0, by: '', reason: '' };
}

export function walkEnableStrategy(io: FieldIo, e: EnableStrategy): void {
  e.strategy = io.u16('strategy', e.strategy);
  e.by = io.text('by', e.by);
  e.reason = io.text('reason', e.reason);
}
