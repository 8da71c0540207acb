import type { Encoder } from '../model/codec.ts';
import { type Input, walkInput } from '../model/inputs.ts';
import { type KernelRecord, walkRecord } from '../model/records.ts';

/** Version of each record kind as it is written today. Readers of older versions stay. */
export const RECORD_VERSION = 1;

function header(io: Encoder, kind: number, seq: number, time: number): void {
  io.u8('kind', kind);
  io.u8('version', RECORD_VERSION);
  io.int('seq', seq);
  io.int('time', time);
}

/** Appends a decided record: kind, version, number and time of its input, fields. */
export function encodeRecord(io: Encoder, record: KernelRecord, seq: number, time: number): void {
  header(io, record.kind, seq, time);
  walkRecord(io, record);
}

/** Appends an input: kind, version, its own number and time, fields. */
export function encodeInput(io: Encoder, input: Input, seq: number, time: number): void {
  header(io, input.kind, seq, time);
  walkInput(io, input);
}
