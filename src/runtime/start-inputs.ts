import type { Control } from '../model/control.ts';
import { TradingState } from '../model/gate.ts';
import {
  type AccountBinding,
  type AppliedInput,
  type Configured,
  InputKind,
  type OpeningInput,
  type StrategiesReset,
} from '../model/inputs.ts';
import type { OrderHandle } from '../model/units.ts';

/** What a start is made of. */
export interface StartParts {
  readonly configured: Configured;
  readonly binding: AccountBinding;
  readonly prefix: string;
  readonly nonce: string;
  readonly handlesTaken: OrderHandle;
  /** There was an earlier life: what was on its way is in doubt. */
  readonly known: boolean;
  /** Trading state that a first start begins in. */
  readonly tradingState: TradingState;
  /** Why no new risk may be taken until somebody says so; empty for no reason. */
  readonly latched: string;
  /** A kill that was left while no engine ran. */
  readonly killed: Control | undefined;
  /** Set where strategies do not go on from their state. */
  readonly strategiesReset: StrategiesReset | undefined;
  /** A restore from a backup was declared (X4). */
  readonly restored: boolean;
  /** Number of the connection that orders go out on from here. */
  readonly connection: number;
  /** The venue's state at a first start, where it can be had at once. */
  readonly opening: OpeningInput | undefined;
}

/**
 * The first inputs of a start, live and in a backtest: what it is built from, the account, what
 * keeps it from new risk, the connection, and the boot itself, at which strategies begin and may
 * already order. So on a first start the venue is compared before it, where it can be; later what
 * was on its way is first put in doubt, and it is compared when the log was read (X27, X30).
 */
export function startInputs(parts: StartParts): readonly AppliedInput[] {
  const { configured, prefix, nonce, handlesTaken, restored, connection, opening } = parts;
  const started: AppliedInput = { kind: InputKind.started, prefix, nonce, handlesTaken, restored };
  const connected: AppliedInput = { kind: InputKind.connection, connection, open: true };
  const before = [configured, ...claims(parts)];
  if (parts.known) return [...before, started, { kind: InputKind.recovered }, connected];
  return [...before, connected, ...(opening === undefined ? [] : [opening]), started];
}

/** What is said before the boot: whose account it is, and what stands against new risk. */
function claims(parts: StartParts): readonly AppliedInput[] {
  const { binding, known, tradingState, latched, killed, strategiesReset } = parts;
  const inputs: AppliedInput[] = [];
  if (!known) {
    inputs.push({ kind: InputKind.bound, ...binding });
    if (tradingState !== TradingState.active) {
      const reason = 'the configuration starts in this state';
      inputs.push({ kind: InputKind.command, tradingState, by: 'configuration', reason });
    }
  }
  if (strategiesReset !== undefined) inputs.push(strategiesReset);
  if (latched !== '') inputs.push(stopEntries(latched));
  if (killed !== undefined) inputs.push({ kind: InputKind.control, control: killed });
  return inputs;
}

/** Why there is no new risk on a full disk (X23). */
export const NO_ROOM = 'no room for another segment of the journal';

/** The engine's own word that no new risk may be taken. */
export function stopEntries(reason: string): AppliedInput {
  const tradingState = TradingState.exitOnly;
  return { kind: InputKind.command, tradingState, by: 'engine', reason };
}
