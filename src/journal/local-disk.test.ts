import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { appendTurn, framesOf, SMALL_SEGMENTS } from '../testing/journal-rig.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { ChainedJournal } from './chained-journal.ts';
import { LocalDisk } from './local-disk.ts';
import { SegmentStore } from './segment-store.ts';
import { compressSealed } from './segment-upkeep.ts';

function open(directory: string): ChainedJournal {
  return new ChainedJournal(new SegmentStore(new LocalDisk(), directory, 0, SMALL_SEGMENTS));
}

function fill(journal: ChainedJournal, turns: number): void {
  for (let turn = 1; turn <= turns; turn += 1) {
    appendTurn(journal, turn, 4, 6);
    journal.commit();
    journal.store.prepare();
  }
}

suite('journal on a local disk', () => {
  test('is read back after a restart, and goes on with the next number', () => {
    using folder = new TemporaryFolder();
    const first = open(folder.path);
    fill(first, 10);
    const written = framesOf(first.store);
    first.store.close();
    const second = open(folder.path);
    assert.deepEqual(framesOf(second.store), written);
    assert.equal(second.chainHead, first.chainHead);
    fill(second, 1);
    assert.equal(framesOf(second.store).length, written.length + 11);
    second.store.close();
  });

  test('sealed segments are compressed, and read the same', () => {
    using folder = new TemporaryFolder();
    const journal = open(folder.path);
    fill(journal, 20);
    journal.store.close();
    const before = framesOf(open(folder.path).store);
    compressSealed(new LocalDisk(), folder.path);
    const names = readdirSync(folder.path).filter((name) => name.includes('.log'));
    assert.ok(names.length > 2 && names.slice(0, -1).every((name) => name.endsWith('.zst')));
    assert.deepEqual(framesOf(open(folder.path).store), before);
    compressSealed(new LocalDisk(), folder.path);
    assert.deepEqual(framesOf(open(folder.path).store), before);
  });

  test('of a file its beginning can be read alone, and its size asked for', () => {
    using folder = new TemporaryFolder();
    open(folder.path).store.close();
    const disk = new LocalDisk();
    const [name = ''] = disk.list(folder.path).filter((file) => file.endsWith('.log'));
    const whole = disk.readDurable(folder.join(name));
    assert.equal(disk.size(folder.join(name)), whole.length);
    for (const most of [1, 4096, 5000, whole.length, whole.length + 1]) {
      assert.deepEqual(disk.readDurable(folder.join(name), most), whole.subarray(0, most));
    }
  });

  test('segments are filled with zeros when they are made, and never grow', () => {
    using folder = new TemporaryFolder();
    const journal = open(folder.path);
    const [name = ''] = readdirSync(folder.path).filter((file) => file.endsWith('.log'));
    const size = (): number => readFileSync(folder.join(name)).length;
    assert.equal(size(), SMALL_SEGMENTS.segmentBytes);
    fill(journal, 1);
    assert.equal(size(), SMALL_SEGMENTS.segmentBytes);
    journal.store.close();
  });
});
