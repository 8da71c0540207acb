import { createHash, hash } from 'node:crypto';
import { Encoder, type Walkable } from '../model/codec.ts';
import type { KernelRecord } from '../model/records.ts';
import { encodeRecord } from './frame.ts';

const BATCH_BYTES = 64 * 1024;
/** Room for a state before the encoder has to grow. */
const STATE_BYTES = 64 * 1024;
/** One for all states: it stays as large as the largest, and growing is a copy each time. */
const STATES = new Encoder(STATE_BYTES);

/** SHA-256 of decided records, as they are encoded, in their order: `recordsHash`. */
export class RecordHasher {
  readonly #hash = createHash('sha256');
  readonly #encoder = new Encoder(2 * BATCH_BYTES);
  #records = 0;

  get records(): number {
    return this.#records;
  }

  record(record: KernelRecord, seq: number, time: number): void {
    encodeRecord(this.#encoder, record, seq, time);
    this.#records += 1;
    if (this.#encoder.length >= BATCH_BYTES) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#encoder.bytes);
    this.#encoder.reset();
  }

  /** Hex digest of everything so far; more records may follow. */
  digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }
}

/** Valid until the next state is encoded. */
function encoded(state: Walkable): Uint8Array<ArrayBuffer> {
  STATES.reset();
  state.walk(STATES);
  return STATES.bytes;
}

/** The bytes of states one after the other, valid until the next state is encoded. */
export function statesBytes(states: readonly Walkable[]): Uint8Array<ArrayBuffer>[] {
  STATES.reset();
  const ends = states.map((state) => {
    state.walk(STATES);
    return STATES.length;
  });
  return ends.map((end, i) => STATES.bytes.subarray(ends[i - 1] ?? 0, end));
}

/** The canonical bytes of a state: what a snapshot holds and what is hashed. */
export function stateBytes(state: Walkable): Uint8Array<ArrayBuffer> {
  return encoded(state).slice();
}

/** `stateHash`: hex SHA-256 of the canonical bytes. */
export function stateHash(state: Walkable): string {
  return hash('sha256', encoded(state), 'hex');
}
