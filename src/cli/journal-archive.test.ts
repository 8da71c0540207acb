import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ChainedJournal } from '../journal/chained-journal.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { SegmentStore } from '../journal/segment-store.ts';
import { appendTurn, SMALL_SEGMENTS } from '../testing/journal-rig.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

function tiyf(...words: readonly string[]) {
  const argv = ['--conditions=tiyf-source', MAIN, ...words];
  return spawnSync(process.execPath, argv, { encoding: 'utf8' });
}

/** An engine's directory: a journal of several segments, and snapshots through these frames. */
function engineDirectory(folder: TemporaryFolder, snapshots: readonly number[]): string {
  const directory = join(folder.path, 'journal');
  mkdirSync(directory);
  const store = new SegmentStore(new LocalDisk(), directory, 0, SMALL_SEGMENTS);
  const journal = new ChainedJournal(store);
  for (let mark = 1; mark <= 20; mark += 1) {
    appendTurn(journal, mark, 4, 6);
    journal.commit();
    store.prepare();
  }
  store.close();
  mkdirSync(join(folder.path, 'snapshots'));
  for (const frame of snapshots) {
    const name = `${String(frame).padStart(20, '0')}.state`;
    writeFileSync(join(folder.path, 'snapshots', name), '');
  }
  return directory;
}

function headOf(output: string): string {
  return /sha256:[0-9a-f]{64}/.exec(output)?.[0] ?? 'none';
}

suite('tiyf journal archive', () => {
  test('moves what is sealed, drops market data as far as snapshots allow, and the chain verifies', () => {
    using folder = new TemporaryFolder();
    const journal = engineDirectory(folder, [120, 150]);
    const before = tiyf('journal', 'verify', '--data', folder.path);
    assert.equal(before.status, 0, before.stderr);
    assert.match(before.stdout, /market data is in all of them/);
    const made = tiyf('journal', 'archive', '--data', folder.path, '--keep-market', '1d', '--json');
    assert.equal(made.status, 0, made.stderr);
    const { inArchive, withoutMarketData, droppableThrough } = JSON.parse(made.stdout);
    assert.equal(droppableThrough, 120);
    assert.ok(withoutMarketData > 0 && withoutMarketData < inArchive);
    const left = readdirSync(journal).filter((name) => name.includes('.log'));
    assert.equal(left.length, 1);
    const after = tiyf('journal', 'verify', '--data', folder.path);
    assert.equal(after.status, 0, after.stdout);
    assert.equal(headOf(after.stdout), headOf(before.stdout));
    assert.match(
      after.stdout,
      /market data is in frames \d+ to 220; of the others its digests are/,
    );
    const facts = tiyf('journal', 'cat', '--data', folder.path, '--kind', 'alert');
    assert.equal(facts.stdout.split('\n').length - 1, 80);
  });

  test('keeps market data that no two snapshots stand behind, and says so', () => {
    using folder = new TemporaryFolder();
    engineDirectory(folder, [150]);
    const made = tiyf('journal', 'archive', '--data', folder.path, '--keep-market', '1d');
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stdout, /, 0 of them without market data\nmarket data is kept: /);
  });

  test('commit-version says that there is none newer, and refuses a running engine', () => {
    using folder = new TemporaryFolder();
    engineDirectory(folder, []);
    const words = ['journal', 'commit-version', '--data', folder.path];
    const { stdout, status } = tiyf(...words);
    assert.equal(status, 0);
    assert.match(stdout, /written in version 1, the newest there is/);
    using _held = DirectoryLock.take(folder.path);
    assert.equal(tiyf(...words).status, 2);
  });

  test('is refused while an engine holds the directory, and for a span that is none', () => {
    using folder = new TemporaryFolder();
    engineDirectory(folder, []);
    using _held = DirectoryLock.take(folder.path);
    const held = tiyf('journal', 'archive', '--data', folder.path);
    assert.equal(held.status, 2);
    assert.match(held.stderr, /is held by another engine/);
    const span = tiyf('journal', 'archive', '--data', folder.path, '--keep-market', 'long');
    assert.equal(span.status, 2);
    assert.match(span.stderr, /a span such as 36h or 90d/);
  });
});
