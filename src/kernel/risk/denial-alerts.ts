import type { FieldIo, Walkable } from '../../model/codec.ts';
import { GATE_NAMES, type GateName } from '../../model/gate.ts';
import { US_PER_MINUTE } from '../../model/time.ts';

/** Denials of a gate are told at most so often. */
const PAUSE_US = US_PER_MINUTE;

/** Gates whose denials say that a strategy erred, or that something is wrong which is told. */
export const SILENT_GATES: readonly GateName[] = [
  'order_validity',
  'duplicate_intent',
  'trading_state',
  'hold',
  'order_size',
  'duplicative',
];

/** When the denials of each gate were last told. A part of the book: it follows the denials. */
export class DenialAlerts implements Walkable {
  readonly #last = new Float64Array(GATE_NAMES.length);
  /** The denial just recorded begins a new pause: it is told. */
  #told = -1;

  denied(gate: number, time: number): void {
    const name = GATE_NAMES[gate];
    this.#told = -1;
    if (name === undefined || SILENT_GATES.includes(name)) return;
    const last = this.#last[gate] as number;
    if (last !== 0 && time - last < PAUSE_US) return;
    this.#last[gate] = time;
    this.#told = gate;
  }

  /** Is the denial of the gate that was recorded last to be told? */
  isDue(gate: number): boolean {
    return this.#told === gate;
  }

  walk(io: FieldIo): void {
    for (let gate = 0; gate < this.#last.length; gate++) {
      this.#last[gate] = io.int('denialTold', this.#last[gate] as number);
    }
  }
}
