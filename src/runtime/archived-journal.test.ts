import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { archiveJournal } from '../journal/archive-journal.ts';
import { verifyJournal } from '../journal/read-journal.ts';
import { droppedEnds } from '../journal/retention.ts';
import { allSegmentFiles } from '../journal/segment-files.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { TEST_START } from '../testing/builders.ts';
import { beginEmbedded, openEmbedded, statesOf } from '../testing/embedded-rig.ts';
import { walkedTape } from '../testing/loop-rig.ts';
import type { EmbeddedEngine } from './embedded-engine.ts';

const TAPE = walkedTape(900, 11);
const SEGMENTS = {
  segmentBytes: 16 * 4096,
  ageMaxUs: Number.MAX_SAFE_INTEGER,
  journalId: 'j',
};
const OPTIONS = { parts: { snapshotEvery: 200, segments: SEGMENTS } };
const PLACES = { data: 'data', journal: 'data/journal' };

function killed(): { disk: SimulatedDisk; before: Record<string, string> } {
  const disk = new SimulatedDisk();
  const engine: EmbeddedEngine = beginEmbedded(openEmbedded(disk, OPTIONS));
  for (let at = 0; at < TAPE.count; at += 20) {
    engine.feed(TAPE, at, Math.min(TAPE.count, at + 20));
    engine.commit();
    engine.directory.tend();
  }
  return { disk, before: statesOf(engine) };
}

suite('an engine whose journal was archived', () => {
  test('goes on from its state, its market data dropped as far as its snapshots allow', () => {
    const { disk, before } = killed();
    const { frames, head } = verifyJournal(disk, 'data');
    const { withoutMarketData, inArchive } = archiveJournal(disk, PLACES, 0, 4e12);
    assert.ok(withoutMarketData > 0 && inArchive >= withoutMarketData);
    const check = verifyJournal(disk, 'data');
    assert.deepEqual([check.frames, check.head], [frames, head]);
    assert.deepEqual(statesOf(openEmbedded(disk, OPTIONS)), before);
    // The newest snapshot may be damaged: the one before it still leads to the end.
    const newest = disk.list('data/snapshots').at(-1) ?? '';
    disk.remove(`data/snapshots/${newest}`);
    assert.deepEqual(statesOf(openEmbedded(disk, OPTIONS)), before);
  });

  test('keeps the snapshot behind dropped market data: decisions can be computed from there on', () => {
    const { disk } = killed();
    archiveJournal(disk, PLACES, 0, 4e12);
    const [end = 0] = droppedEnds(allSegmentFiles(disk, PLACES.journal));
    const first = disk.list('data/snapshots').find((name) => Number.parseInt(name, 10) >= end);
    const engine = beginEmbedded(openEmbedded(disk, OPTIONS));
    const more = walkedTape(900, 12);
    for (let i = 0; i < more.count; i += 1) {
      more.time[i] = (more.time[i] ?? 0) + (TAPE.time[TAPE.count - 1] ?? 0) - TEST_START;
    }
    for (let at = 0; at < more.count; at += 20) {
      engine.feed(more, at, Math.min(more.count, at + 20));
      engine.commit();
      engine.directory.tend();
    }
    const snapshots = disk.list('data/snapshots');
    assert.equal(snapshots.length, 3, snapshots.join());
    assert.equal(snapshots[0], first);
    for (const name of snapshots.slice(1)) disk.remove(`data/snapshots/${name}`);
    const again = openEmbedded(disk, OPTIONS);
    assert.equal(again.directory.recovery.compared, true);
    assert.deepEqual(statesOf(again), statesOf(engine));
  });

  test('does not guess its state where the snapshots behind dropped market data are gone', () => {
    const { disk } = killed();
    archiveJournal(disk, PLACES, 0, 4e12);
    for (const name of disk.list('data/snapshots')) disk.remove(`data/snapshots/${name}`);
    assert.throws(() => openEmbedded(disk, OPTIONS), { code: 'SNAPSHOT_MISSING' });
  });
});
