import { TradingState } from '../model/gate.ts';
import { type CommandInput, type Configured, InputKind, type Started } from '../model/inputs.ts';
import type { OrderHandle } from '../model/units.ts';

/** What a start is made of. */
export interface StartParts {
  readonly configured: Configured;
  readonly prefix: string;
  readonly nonce: string;
  readonly handlesTaken: OrderHandle;
  /** Trading state that the configuration asks for; `undefined` where an earlier life has one. */
  readonly tradingState: TradingState | undefined;
}

/**
 * The first inputs of a start, live and in a backtest: what it is built from, the trading state of
 * a first start, and the boot itself, at which strategies begin and may already order.
 */
export function startInputs(parts: StartParts): readonly (Configured | CommandInput | Started)[] {
  const { configured, prefix, nonce, handlesTaken, tradingState } = parts;
  const started: Started = { kind: InputKind.started, prefix, nonce, handlesTaken };
  if (tradingState === undefined || tradingState === TradingState.active) {
    return [configured, started];
  }
  const reason = 'the configuration starts in this state';
  const command: CommandInput = {
    kind: InputKind.command,
    tradingState,
    by: 'configuration',
    reason,
  };
  return [configured, command, started];
}
