import { type Encoder, writeInt } from '../model/codec.ts';
import { type Input, walkInput } from '../model/inputs.ts';
import { type KernelRecord, walkRecord } from '../model/records.ts';

/** Version of each record kind as it is written today. Readers of older versions stay. */
export const RECORD_VERSION = 1;

const HEADER_BYTES = 18;

function header(io: Encoder, kind: number, seq: number, time: number): void {
  const at = io.room(HEADER_BYTES);
  const { view } = io;
  view.setUint8(at, kind);
  view.setUint8(at + 1, RECORD_VERSION);
  writeInt(view, at + 2, 'seq', seq);
  writeInt(view, at + 10, 'time', time);
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
