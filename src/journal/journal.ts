import type { Input } from '../model/inputs.ts';
import type { KernelRecord } from '../model/records.ts';
import type { DurableToken } from './durable.ts';

/** A group is cut when so much waits, if nothing asked for it before. */
export const CUT_BYTES = 64 * 1024;

/**
 * The truth of this engine: inputs and the records decided from them, in order. Frames are
 * numbered densely from 1; a group of frames becomes durable as a whole.
 */
export interface Journal {
  /** Frames appended so far. */
  readonly appended: number;
  /** Frames that are durable. */
  readonly durable: number;
  input(input: Input, seq: number, time: number): void;
  /** A quote, without an object for it. */
  quote(
    seq: number,
    time: number,
    instrument: number,
    bid: number,
    ask: number,
    bidSize: number,
    askSize: number,
    venueTime: number,
  ): void;
  record(record: KernelRecord, seq: number, time: number): void;
  /** Makes everything appended so far durable, as one group. A failure is fatal. */
  commit(): DurableToken;
  /** Between turns: commits where so much waits that a group is full ({@link CUT_BYTES}). */
  cut(): void;
}
