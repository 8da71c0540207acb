import type { TradingState } from '../model/gate.ts';
import { type CommandInput, InputKind } from '../model/inputs.ts';

/** The command that puts a first start into the trading state of its configuration. */
export function initialState(tradingState: TradingState): CommandInput {
  const reason = 'the configuration starts in this state';
  return { kind: InputKind.command, tradingState, by: 'configuration', reason };
}
