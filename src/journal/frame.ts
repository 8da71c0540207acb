import { type Encoder, writeInt } from '../model/codec.ts';
import type { Input } from '../model/inputs.ts';
import type { KernelRecord } from '../model/records.ts';
import { type FrameFormat, RECORD_FORMATS } from './record-formats.ts';

const HEADER_BYTES = 18;

function header(io: Encoder, kind: number, version: number, seq: number, time: number): void {
  const at = io.room(HEADER_BYTES);
  const { view } = io;
  view.setUint8(at, kind);
  view.setUint8(at + 1, version);
  writeInt(view, at + 2, 'seq', seq);
  writeInt(view, at + 10, 'time', time);
}

/** Appends a decided record: kind, version, number and time of its input, fields. */
export function encodeRecord(
  io: Encoder,
  record: KernelRecord,
  seq: number,
  time: number,
  format: FrameFormat = RECORD_FORMATS.current,
): void {
  header(io, record.kind, format.version, seq, time);
  format.record(io, record);
}

/** Appends an input: kind, version, its own number and time, fields. */
export function encodeInput(
  io: Encoder,
  input: Input,
  seq: number,
  time: number,
  format: FrameFormat = RECORD_FORMATS.current,
): void {
  header(io, input.kind, format.version, seq, time);
  format.input(io, input);
}
