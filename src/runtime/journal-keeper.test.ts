import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ChainedJournal } from '../journal/chained-journal.ts';
import { verifyJournal } from '../journal/read-journal.ts';
import { KEEP_EVERYTHING, type Retention } from '../journal/retention.ts';
import { SegmentStore } from '../journal/segment-store.ts';
import { SnapshotStore } from '../journal/snapshot-store.ts';
import { US_PER_SECOND } from '../model/time.ts';
import { type DiskFault, type DiskOperation, SimulatedDisk } from '../simulation/simulated-disk.ts';
import { appendTurn, JOURNAL_DIRECTORY, SMALL_SEGMENTS } from '../testing/journal-rig.ts';
import { JournalKeeper } from './journal-keeper.ts';

const ARCHIVE = `${JOURNAL_DIRECTORY}/archive`;
const SNAPSHOTS = '/snapshots';
const AT_ONCE: Retention = { ...KEEP_EVERYTHING, archiveOverBytes: 0, dropMarketOverBytes: 0 };
const HOUR = 3600 * US_PER_SECOND;

/** A journal and its keeper on a simulated disk, with snapshots through some frames. */
class KeeperRig {
  readonly disk = new SimulatedDisk();
  readonly told: string[] = [];
  readonly store: SegmentStore;
  readonly journal: ChainedJournal;
  readonly keeper: JournalKeeper;
  #mark = 0;

  constructor(retention: Retention, snapshots: readonly number[]) {
    const { disk } = this;
    for (const frame of snapshots) {
      disk.create(`${SNAPSHOTS}/${String(frame).padStart(20, '0')}.state`);
    }
    this.store = new SegmentStore(disk, JOURNAL_DIRECTORY, 0, SMALL_SEGMENTS);
    this.journal = new ChainedJournal(this.store);
    this.keeper = new JournalKeeper({
      disk,
      directory: JOURNAL_DIRECTORY,
      retention,
      store: this.store,
      snapshots: new SnapshotStore(disk, SNAPSHOTS),
      log: {
        info: (_, text) => this.told.push(`info: ${text}`),
        warn: () => undefined,
        error: ({ code }, text) => this.told.push(`${String(code)}: ${text}`),
      },
    });
  }

  /** So many turns, each with the room ahead made. */
  write(turns: number): void {
    for (let turn = 0; turn < turns; turn += 1) {
      this.#mark += 1;
      appendTurn(this.journal, this.#mark, this.#mark % 5, (this.#mark * 7) % 30);
      this.journal.commit();
      this.store.prepare();
    }
  }

  tend(now: number, steps = 200): void {
    for (let step = 0; step < steps; step += 1) this.keeper.tend(now);
  }

  /** What operations on certain paths meet. */
  fails(operation: DiskOperation, path: string, fault: DiskFault): void {
    this.disk.meet((met, at) => (met === operation && at.includes(path) ? fault : 'none'));
  }
}

const ALL = Number.MAX_SAFE_INTEGER;

suite('the keeper of a running journal', () => {
  test('leaves what a start may need: nothing behind the snapshot before the newest', () => {
    const rig = new KeeperRig(AT_ONCE, []);
    rig.write(12);
    rig.tend(0);
    assert.deepEqual(rig.disk.list(ARCHIVE), []);
    const newest = rig.journal.durable;
    for (const [older, isAny] of [
      [1, false],
      [newest - 40, true],
    ] as const) {
      const again = new KeeperRig(AT_ONCE, [older, newest]);
      again.write(12);
      again.tend(0);
      const archived = again.disk.list(ARCHIVE);
      assert.equal(archived.length > 0, isAny);
      const left = again.disk.list(JOURNAL_DIRECTORY).find((name) => name.includes('.log')) ?? '';
      assert.ok(Number(left.slice(0, 20)) <= older + 1, `${left} follows ${older}`);
      assert.ok(
        archived.every((name) => name.endsWith('.facts.log.zst')),
        archived.join(),
      );
    }
  });

  test('a failure is told and counted, tried again later and later, and made good', () => {
    const rig = new KeeperRig(AT_ONCE, [ALL - 1, ALL]);
    rig.write(12);
    // An archive on another file system.
    rig.fails('rename', '.facts.log.zst', 'EIO');
    rig.fails('rename', '.zst', 'EIO');
    const failedAt: number[] = [];
    for (let now = 0; now < 4 * HOUR; now += 10 * US_PER_SECOND) {
      const { failures } = rig.keeper.status;
      rig.tend(now, 40);
      if (rig.keeper.status.failures > failures) failedAt.push(now / US_PER_SECOND);
    }
    assert.deepEqual(failedAt, [0, 60, 180, 420, 900, 1860, 3780, 7380, 10_980]);
    assert.match(rig.keeper.status.problem, /EIO/);
    assert.match(rig.told[1] ?? '', /^JOURNAL_UPKEEP_FAILED: .* again in 120 s: EIO/);
    rig.write(12);
    rig.disk.meet(() => 'none');
    rig.tend(5 * HOUR, 1000);
    assert.equal(rig.keeper.status.problem, '');
    assert.equal(rig.keeper.status.failures, failedAt.length);
    assert.match(rig.told.at(-1) ?? '', /^info: /);
    assert.ok(rig.keeper.status.archivedSegments > 4);
    assert.equal(verifyJournal(rig.disk, JOURNAL_DIRECTORY).frames, rig.journal.durable);
  });

  test('what was half packed when the disk was full goes at once: the journal may need its room', () => {
    const rig = new KeeperRig(AT_ONCE, [ALL - 1, ALL]);
    rig.write(12);
    let writes = 0;
    rig.disk.meet((operation, path) => {
      if (operation !== 'write' || !path.endsWith('.zst.new')) return 'none';
      writes += 1;
      return writes === 2 ? 'ENOSPC' : 'none';
    });
    rig.tend(0);
    assert.match(rig.keeper.status.problem, /ENOSPC/);
    const left = rig.disk.list(JOURNAL_DIRECTORY).filter((name) => name.endsWith('.zst.new'));
    assert.deepEqual(left, []);
  });

  test('of what takes too much the oldest goes, and no more than that', () => {
    const whole = new KeeperRig({ ...KEEP_EVERYTHING, archiveOverBytes: 0 }, [ALL - 1, ALL]);
    whole.write(40);
    whole.tend(0, 1000);
    const { archivedBytes } = whole.keeper.status;
    for (const share of [0.9, 0.8]) {
      const most = Math.floor(archivedBytes * share);
      const retention = { ...KEEP_EVERYTHING, archiveOverBytes: 0, dropMarketOverBytes: most };
      const rig = new KeeperRig(retention, [ALL - 1, ALL]);
      for (let turns = 0; turns < 40; turns += 4) {
        rig.write(4);
        rig.tend(turns * 60 * US_PER_SECOND, 200);
      }
      const forms = rig.disk.list(ARCHIVE).map((name) => name.includes('.facts'));
      const { archivedBytes: bytes, withoutMarketData } = rig.keeper.status;
      assert.ok(withoutMarketData > 0 && withoutMarketData < forms.length, forms.join());
      assert.equal(forms.indexOf(false), withoutMarketData, 'the oldest');
      assert.ok(bytes <= most && bytes > most * 0.7, `${bytes} of ${most}`);
    }
  });

  test('touches nothing while the journal is in trouble, or has no room ahead', () => {
    const full = new KeeperRig(AT_ONCE, [ALL - 1, ALL]);
    full.write(12);
    full.fails('create', 'spare', 'ENOSPC');
    while (!full.store.inReserve) full.write(1);
    const failed = new KeeperRig(AT_ONCE, [ALL - 1, ALL]);
    failed.write(12);
    failed.fails('sync', '', 'EIO');
    assert.throws(() => failed.write(1), { code: 'JOURNAL_FAILED' });
    const bare = new KeeperRig(AT_ONCE, [ALL - 1, ALL]);
    bare.write(12);
    // The room ahead has become a segment, and no other was made yet.
    const { segment } = bare.store;
    for (let mark = 20; bare.store.segment === segment; mark += 1) {
      appendTurn(bare.journal, mark, 4, 20);
      bare.journal.commit();
    }
    for (const rig of [full, failed, bare]) {
      rig.disk.meet(() => 'none');
      const { operations } = rig.disk;
      rig.tend(HOUR);
      assert.equal(rig.disk.operations, operations);
    }
    bare.store.prepare();
    bare.tend(HOUR);
    assert.ok(bare.keeper.status.archivedSegments > 0);
  });

  test('says what stands: segments and bytes, in the archive and beside it', () => {
    const rig = new KeeperRig(AT_ONCE, [ALL - 1, ALL]);
    rig.write(24);
    rig.tend(0);
    const archived = rig.disk.list(ARCHIVE);
    const bytes = archived.reduce((sum, name) => sum + rig.disk.size(`${ARCHIVE}/${name}`), 0);
    assert.ok(archived.length > 2);
    assert.deepEqual(rig.keeper.status, {
      segments: 1,
      bytes: SMALL_SEGMENTS.segmentBytes,
      archivedSegments: archived.length,
      archivedBytes: bytes,
      withoutMarketData: archived.length,
      failures: 0,
      problem: '',
    });
    // An operator takes the oldest away: with the next snapshot that is known.
    rig.disk.remove(`${ARCHIVE}/${archived[0]}`);
    assert.equal(rig.keeper.droppedEnds().length, 1);
    assert.equal(rig.keeper.status.archivedSegments, archived.length - 1);
  });

  test('age is that of the frames, so that a copy at another time does the same', () => {
    const archivedOf = (wall: number): readonly string[] => {
      const disk = new SimulatedDisk();
      let mark = 0;
      // Each life begins a segment, whose header has the time of the wall.
      for (let life = 0; life < 6; life += 1) {
        const store = new SegmentStore(disk, JOURNAL_DIRECTORY, wall, {
          ...SMALL_SEGMENTS,
          journalId: 'j',
        });
        const journal = new ChainedJournal(store);
        for (let turn = 0; turn < 3; turn += 1) {
          mark += 1;
          appendTurn(journal, mark, 2, 3);
          journal.commit();
        }
        if (life < 5) store.close();
        else {
          store.prepare();
          for (const frame of [ALL - 1, ALL]) {
            disk.create(`${SNAPSHOTS}/${String(frame).padStart(20, '0')}.state`);
          }
          const keeper = new JournalKeeper({
            disk,
            directory: JOURNAL_DIRECTORY,
            retention: { ...KEEP_EVERYTHING, archiveAfterUs: 8 },
            store,
            snapshots: new SnapshotStore(disk, SNAPSHOTS),
            log: { info: () => undefined, warn: () => undefined, error: () => assert.fail() },
          });
          for (let step = 0; step < 100; step += 1) keeper.tend(mark);
        }
      }
      return disk.list(ARCHIVE);
    };
    const early = archivedOf(0);
    assert.equal(early.length, 3, 'sealed at 4, 7 and 10 of 18, and not at 13 and 16');
    assert.deepEqual(archivedOf(1e15), early);
  });
});
