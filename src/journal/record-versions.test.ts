import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Decoder, type FieldIo } from '../model/codec.ts';
import { AlertSeverity, type KernelRecord, RecordKind } from '../model/records.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { JOURNAL_DIRECTORY, SMALL_SEGMENTS } from '../testing/journal-rig.ts';
import { ChainedJournal } from './chained-journal.ts';
import { readFrames } from './group.ts';
import { type Frame, readFrame } from './read-frame.ts';
import { type FormerLayout, RecordFormats } from './record-formats.ts';
import { SegmentStore } from './segment-store.ts';
import { noteVersion, writtenVersion } from './written-version.ts';

/** A kind that gained its key in version 2 and its text in version 3. */
function severityOnly(io: FieldIo, record: KernelRecord): void {
  assert.equal(record.kind, RecordKind.alert);
  if (record.kind !== RecordKind.alert) return;
  record.severity = io.u8('severity', record.severity) as AlertSeverity;
}
function withKey(io: FieldIo, record: KernelRecord): void {
  severityOnly(io, record);
  if (record.kind === RecordKind.alert) record.key = io.text('key', record.key);
}
const FIRST: FormerLayout = {
  kind: RecordKind.alert,
  through: 1,
  walk: (io, value) => severityOnly(io, value as KernelRecord),
};
const SECOND: FormerLayout = {
  kind: RecordKind.alert,
  through: 2,
  walk: (io, value) => withKey(io, value as KernelRecord),
};
/** What each release knows: the first one's own layout is the former one of those after it. */
const RELEASES = [
  new RecordFormats(1, [FIRST]),
  new RecordFormats(2, [FIRST, SECOND]),
  new RecordFormats(3, [SECOND, FIRST]),
] as const;
type Release = 1 | 2 | 3;

function formatsOf(release: Release): RecordFormats {
  return RELEASES[release - 1] as RecordFormats;
}

function open(disk: SimulatedDisk, release: Release): ChainedJournal {
  const options = { ...SMALL_SEGMENTS, recordVersion: release };
  const store = new SegmentStore(disk, JOURNAL_DIRECTORY, 0, options);
  return new ChainedJournal(store, formatsOf(release));
}

function writeAlert(journal: ChainedJournal, text: string): void {
  const severity = AlertSeverity.warning;
  journal.record({ kind: RecordKind.alert, severity, key: 'key', text }, 1, 1);
  journal.record({ kind: RecordKind.tradingState, from: 0, to: 1, by: 'me', reason: text }, 1, 1);
  journal.commit();
}

/** What a release reads: key and text of alerts, the reason of what never changed. */
function readBy(disk: SimulatedDisk, release: Release): string[] {
  const texts: string[] = [];
  open(disk, release).store.read(1, (group, header) => {
    const whole = readFrames(group, header, (_number, bytes, from, to) => {
      const io = new Decoder(bytes.subarray(from, to));
      texts.push(textOf(readFrame(io, formatsOf(release))));
      io.end();
    });
    assert.ok(whole);
  });
  return texts;
}

function textOf(frame: Frame): string {
  if (frame.what === 'input') return '';
  const { record } = frame;
  if (record.kind === RecordKind.alert) return `${record.severity}:${record.key}:${record.text}`;
  return record.kind === RecordKind.tradingState ? record.reason : '';
}

suite('versions of records', () => {
  test('a release writes as the one before it until it is committed, and reads all that was written', () => {
    const disk = new SimulatedDisk();
    writeAlert(open(disk, 1), 'a');
    const second = open(disk, 2);
    assert.equal(second.store.recordVersion, 1);
    writeAlert(second, 'b');
    // Back to the release before: nothing is lost, nothing has to be restored.
    assert.deepEqual(readBy(disk, 1), ['1::', 'a', '1::', 'b']);
    writeAlert(open(disk, 1), 'c');
    noteVersion(disk, JOURNAL_DIRECTORY, 2);
    writeAlert(open(disk, 2), 'd');
    noteVersion(disk, JOURNAL_DIRECTORY, 3);
    writeAlert(open(disk, 3), 'e');
    const all = ['1::', 'a', '1::', 'b', '1::', 'c', '1:key:', 'd', '1:key:e', 'e'];
    assert.deepEqual(readBy(disk, 3), all);
  });

  test('once it is committed the release before refuses the journal, and says which one to start', () => {
    const disk = new SimulatedDisk();
    writeAlert(open(disk, 1), 'a');
    noteVersion(disk, JOURNAL_DIRECTORY, 2);
    assert.throws(() => open(disk, 1), { code: 'JOURNAL_NEWER' });
    writeAlert(open(disk, 2), 'b');
    assert.deepEqual(readBy(disk, 2), ['1::', 'a', '1:key:', 'b']);
    // A note that is lost makes nobody read what they do not know.
    disk.remove(`${JOURNAL_DIRECTORY}/record-version.json`);
    assert.throws(() => readBy(disk, 1), /record kind 75: version 2/);
  });

  test('a journal that is begun is written in the newest version', () => {
    const disk = new SimulatedDisk();
    writeAlert(open(disk, 3), 'a');
    assert.deepEqual(readBy(disk, 3), ['1:key:a', 'a']);
    assert.throws(() => open(disk, 2), { code: 'JOURNAL_NEWER' });
  });

  test('a note that says no version is damage, not the first version', () => {
    for (const text of ['', '{}', '{ "recordVersion": 0 }\n', '{ "recordVersion": 2 }']) {
      const disk = new SimulatedDisk();
      writeAlert(open(disk, 2), 'a');
      const path = `${JOURNAL_DIRECTORY}/record-version.json`;
      disk.truncate(path, 0);
      disk.open(path).write(Buffer.from(text), 0);
      disk.endProcess();
      disk.readsAroundCache = false;
      const read = (): number => writtenVersion(disk, JOURNAL_DIRECTORY, 2);
      assert.throws(read, { code: 'JOURNAL_DAMAGED' }, text);
    }
  });

  test('a frame of no known version is refused', () => {
    const formats = formatsOf(2);
    for (const version of [0, 3, 255]) assert.equal(formats.at(version), undefined);
    assert.equal(formats.current.version, 2);
  });
});
