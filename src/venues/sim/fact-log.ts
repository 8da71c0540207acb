import type { FieldIo } from '../../model/codec.ts';
import { blankOutgoing, type OutgoingMessage, type VenueInput, walkOutgoing } from './messages.ts';

/** The last facts of a venue, for who has missed some of them. */
export class FactLog {
  readonly #max: number = 0;
  #messages: OutgoingMessage[] = [];

  /** Keeps at least the last `max` facts, at most twice as many. */
  constructor(max: number) {
    this.#max = max;
  }

  push(message: OutgoingMessage): void {
    if (this.#max === 0) return;
    this.#messages.push(message);
    if (this.#messages.length > 2 * this.#max) this.#messages = this.#messages.slice(-this.#max);
  }

  /** The last `wanted` facts, oldest first; `undefined` when it does not reach back that far. */
  last(wanted: number): readonly VenueInput[] | undefined {
    // A reader that is ahead of us has seen what these books, restored, have not.
    if (wanted < 0 || wanted > this.#messages.length) return undefined;
    return wanted === 0 ? [] : this.#messages.slice(-wanted).map((message) => message.input);
  }

  walk(io: FieldIo): void {
    this.#messages = io.list('log', this.#messages, blankOutgoing, walkOutgoing);
  }
}
