import type { EnableRefusal, Kernel } from '../kernel/kernel.ts';
import type { ResolutionRefusal } from '../kernel/orders/doubt-desk.ts';
import { isUnanswered } from '../kernel/orders/doubts.ts';
import { CHANGING_FLAGS } from '../kernel/orders/order-flags.ts';
import type { ControlRefusal } from '../kernel/stopping/kill-switch.ts';
import type { EnableStrategy } from '../model/commands.ts';
import type { Control } from '../model/control.ts';
import type { OrderResolution } from '../model/doubt.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import type { EngineDirectory } from './engine-directory.ts';
import { latchControl } from './kill-latch.ts';
import { NO_ROOM } from './start-inputs.ts';

/**
 * What operators do to an engine, by call or by a file in its directory. Each word is an input,
 * taken or refused, and durable when the call returns.
 */
export class OperatorDesk {
  readonly #directory: EngineDirectory;
  readonly #input: (input: AppliedInput, now: TimeUs) => void;

  constructor(directory: EngineDirectory, input: (input: AppliedInput, now: TimeUs) => void) {
    this.#directory = directory;
    this.#input = input;
  }

  get #kernel(): Kernel {
    return this.#directory.kernel;
  }

  #durable(input: AppliedInput, now: TimeUs): void {
    this.#input(input, now);
    this.#directory.journal.commit();
  }

  /** An operator's word on an order in doubt (X9): `undefined` when it was taken, else why not. */
  resolveOrder(resolution: OrderResolution, now: TimeUs): ResolutionRefusal | undefined {
    const refusal = this.#kernel.resolutionRefusal(resolution);
    this.#durable({ kind: InputKind.resolveOrder, resolution }, now);
    return refusal;
  }

  /** An operator's word on trading (X21, X22): `undefined` when it was taken, else why not. */
  control(control: Control, now: TimeUs): ControlRefusal | undefined {
    const whole = { ...control, outside: this.#directory.inReserve ? NO_ROOM : '' };
    const refusal = this.#kernel.controlRefusal(whole);
    this.#durable({ kind: InputKind.control, control: whole }, now);
    return refusal;
  }

  /**
   * An operator lets a strategy take new risk again that repeated executions stopped: `undefined`
   * when it was taken, durable then; else why not.
   */
  enableStrategy({ strategy, by, reason }: EnableStrategy, now: TimeUs): EnableRefusal | undefined {
    const refusal = this.#kernel.enableRefusal(strategy);
    if (refusal !== undefined) return refusal;
    this.#durable({ kind: InputKind.enableStrategy, strategy, by, reason }, now);
    return undefined;
  }

  /** Does what somebody left in the directory, where nobody could be told (X23). */
  obeyLatch(now: TimeUs): void {
    const latch = this.#directory.takeLatch();
    if (latch === undefined) return;
    this.control(latchControl(latch), now);
    this.#directory.clearLatch();
  }

  /** From here on strategies ask for nothing new; what is in flight may end. */
  close(reason: string, now: TimeUs): void {
    this.#input({ kind: InputKind.closing, reason }, now);
  }

  /** Is anything on its way, or unanswered? */
  get inFlight(): boolean {
    const { doubts, orders } = this.#kernel.book;
    if (doubts.size > 0) return true;
    return [...orders.open()].some(({ state, flags }) => {
      return isUnanswered(state) || (flags & CHANGING_FLAGS) !== 0;
    });
  }
}
