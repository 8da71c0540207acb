import { blankInput } from '../model/blank-input.ts';
import { blankRecord } from '../model/blank-record.ts';
import { CodecError, Decoder } from '../model/codec.ts';
import type { Input } from '../model/inputs.ts';
import type { KernelRecord } from '../model/records.ts';
import { JournalError } from './journal-error.ts';
import { RECORD_FORMATS, type RecordFormats } from './record-formats.ts';

/** One frame as it is read back. */
export type Frame =
  | { readonly what: 'input'; readonly seq: number; readonly time: number; readonly input: Input }
  | {
      readonly what: 'record';
      readonly seq: number;
      readonly time: number;
      readonly record: KernelRecord;
    };

/**
 * What `read` makes of a frame. Checksums may be right and the frame none that this release can
 * read: then the journal is damaged, and it is said where.
 */
export function frameAt<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    const text = `${where} cannot be read: ${cause.message}`;
    throw new JournalError('JOURNAL_DAMAGED', text, { cause });
  }
}

/** Time of a frame's input, µs: in every kind and version it stands in the same place. */
export function frameTime(body: Uint8Array): number {
  const io = new Decoder(body);
  io.u8('kind', 0);
  io.u8('version', 0);
  io.int('seq', 0);
  return io.int('time', 0);
}

/** Reads one frame. Throws `CodecError` for a kind or version that this release does not know. */
export function readFrame(io: Decoder, formats: RecordFormats = RECORD_FORMATS): Frame {
  const kind = io.u8('kind', 0);
  const version = io.u8('version', 0);
  const seq = io.int('seq', 0);
  const time = io.int('time', 0);
  const format = formats.at(version);
  if (format === undefined) throw new CodecError(`record kind ${kind}: version ${version}`);
  const input = blankInput(kind);
  if (input !== undefined) {
    format.input(io, input);
    return { what: 'input', seq, time, input };
  }
  const record = blankRecord(kind);
  if (record === undefined) throw new CodecError(`no record of kind ${kind}`);
  format.record(io, record);
  return { what: 'record', seq, time, record };
}
