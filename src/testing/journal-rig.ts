import assert from 'node:assert/strict';
import { ChainedJournal } from '../journal/chained-journal.ts';
import { readFrames } from '../journal/group.ts';
import type { GroupStore } from '../journal/group-store.ts';
import { type Frame, readFrame } from '../journal/read-frame.ts';
import { SegmentStore } from '../journal/segment-store.ts';
import { Decoder } from '../model/codec.ts';
import { InputKind } from '../model/inputs.ts';
import { AlertSeverity, RecordKind } from '../model/records.ts';
import type { SimulatedDisk } from '../simulation/simulated-disk.ts';

export const JOURNAL_DIRECTORY = '/journal';
/** Small, so that a test rolls often. */
export const SMALL_SEGMENTS = { segmentBytes: 5 * 4096, ageMaxUs: 3_600_000_000 };

/** A journal on a simulated disk. */
export function openSimulated(disk: SimulatedDisk): ChainedJournal {
  return new ChainedJournal(new SegmentStore(disk, JOURNAL_DIRECTORY, 0, SMALL_SEGMENTS));
}

/** Appends a turn: an input, `alerts` records and `quotes` quotes, told apart by `mark`. */
export function appendTurn(
  journal: ChainedJournal,
  mark: number,
  alerts: number,
  quotes: number,
): void {
  journal.input({ kind: InputKind.boundary }, mark, mark);
  for (let i = 0; i < quotes; i += 1) {
    journal.quote(mark, mark, i, mark + i, mark + i + 1, 5, 6, mark);
  }
  for (let i = 0; i < alerts; i += 1) {
    const text = `${mark}/${i} `.repeat(1 + (i % 40));
    const kind = RecordKind.alert;
    journal.record({ kind, severity: AlertSeverity.info, key: 'k', text }, mark, mark);
  }
}

export interface NumberedFrame {
  readonly number: number;
  readonly frame: Frame;
}

/** Every frame from one on, decoded, checked to be dense. */
export function framesOf(store: GroupStore, from = 1): NumberedFrame[] {
  const frames: NumberedFrame[] = [];
  store.read(from, (group, header) => {
    const whole = readFrames(group, header, (number, bytes, start, end) => {
      const io = new Decoder(bytes.subarray(start, end));
      frames.push({ number, frame: readFrame(io) });
      io.end();
    });
    assert.ok(whole, 'a group that was handed out is whole');
  });
  for (const [i, { number }] of frames.entries()) {
    assert.equal(number, (frames[0]?.number ?? 0) + i, 'frames are dense');
  }
  return frames;
}
