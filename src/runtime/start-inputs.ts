import { TradingState } from '../model/gate.ts';
import {
  type AppliedInput,
  type Configured,
  InputKind,
  type SnapshotInput,
} from '../model/inputs.ts';
import type { OrderHandle } from '../model/units.ts';

/** What a start is made of. */
export interface StartParts {
  readonly configured: Configured;
  readonly prefix: string;
  readonly nonce: string;
  readonly handlesTaken: OrderHandle;
  /** Trading state that the configuration asks for; `undefined` where an earlier life has one. */
  readonly tradingState: TradingState | undefined;
  /** A restore from a backup was declared (X4). */
  readonly restored: boolean;
  /** Number of the connection that orders go out on from here. */
  readonly connection: number;
  /** The venue's state at a first start; `undefined` where an earlier life has left orders. */
  readonly opening: SnapshotInput | undefined;
}

type StartInput = AppliedInput;

/**
 * The first inputs of a start, live and in a backtest: what it is built from, the trading state of
 * a first start, the connection, and the boot itself, at which strategies begin and may already
 * order. So on a first start the venue is compared before it; later what was on its way is first
 * put in doubt, and the comparison follows when the log was read (X27, X30).
 */
export function startInputs(parts: StartParts): readonly StartInput[] {
  const { configured, prefix, nonce, handlesTaken, tradingState, restored } = parts;
  const { connection, opening } = parts;
  const started: StartInput = { kind: InputKind.started, prefix, nonce, handlesTaken, restored };
  const connected: StartInput = { kind: InputKind.connection, connection, open: true };
  const inputs: StartInput[] = [configured];
  if (tradingState !== undefined && tradingState !== TradingState.active) {
    const reason = 'the configuration starts in this state';
    inputs.push({ kind: InputKind.command, tradingState, by: 'configuration', reason });
  }
  if (opening !== undefined) return [...inputs, connected, opening, started];
  return [...inputs, started, { kind: InputKind.recovered }, connected];
}
