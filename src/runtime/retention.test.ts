import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readFrames } from '../journal/group.ts';
import { verifyJournal } from '../journal/read-journal.ts';
import { droppableThrough, KEEP_EVERYTHING, type Retention } from '../journal/retention.ts';
import { allSegmentFiles, walkSegments } from '../journal/segment-files.ts';
import { InputKind } from '../model/inputs.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import {
  beginEmbedded,
  type EmbeddedOptions,
  openEmbedded,
  statesOf,
} from '../testing/embedded-rig.ts';
import { walkedTape } from '../testing/loop-rig.ts';
import type { EmbeddedEngine } from './embedded-engine.ts';

const TAPE = walkedTape(1200, 11);
const JOURNAL = 'data/journal';
const MINUTE = 60_000_000;
const SEGMENTS = {
  segmentBytes: 16 * 4096,
  ageMaxUs: Number.MAX_SAFE_INTEGER,
  journalId: 'j',
};

/** One life of an engine, and how it ends. */
interface Life {
  readonly rows: number;
  readonly piece: number;
  /** Steps of upkeep behind each piece. */
  readonly steps: number;
  /** It dies at this operation of the disk within its upkeep; beyond the last one, at its end. */
  readonly dieAt: number;
  readonly early: boolean;
  /** The machine dies with it. */
  readonly machine: boolean;
}

const lives = fc.array(
  fc.record({
    rows: fc.integer({ min: 20, max: 400 }),
    piece: fc.integer({ min: 1, max: 40 }),
    steps: fc.integer({ min: 0, max: 12 }),
    dieAt: fc.oneof(fc.nat(40), fc.nat(2000)),
    early: fc.boolean(),
    machine: fc.boolean(),
  }),
  { minLength: 2, maxLength: 5 },
);

function orNever(most: number, unit: number): fc.Arbitrary<number> {
  const never = fc.constant(Number.POSITIVE_INFINITY);
  return fc.oneof(
    never,
    fc.nat(most).map((n) => n * unit),
  );
}

const retentions: fc.Arbitrary<Retention> = fc.record({
  archiveAfterUs: orNever(60, MINUTE),
  archiveOverBytes: orNever(200, 1024),
  dropMarketAfterUs: orNever(60, MINUTE),
  dropMarketOverBytes: orNever(200, 1024),
});

function optionsOf(life: number, snapshotEvery: number, retention: Retention): EmbeddedOptions {
  const parts = { snapshotEvery, retention, segments: SEGMENTS };
  return { nonce: `nonce0000${life}`, parts };
}

function picker(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

/** Facts that are there, by number, as bytes. */
function factsOn(disk: SimulatedDisk): Map<number, string> {
  const facts = new Map<number, string>();
  walkSegments(disk, JOURNAL, {
    from: 1,
    digests: true,
    take: (group, header) => {
      readFrames(group, header, (number, bytes, from, to) => {
        if (bytes[from] === InputKind.quote) return;
        facts.set(number, Buffer.from(bytes.subarray(from, to)).toString('latin1'));
      });
    },
  });
  return facts;
}

function namesOf(disk: SimulatedDisk, form: string): number {
  return allSegmentFiles(disk, JOURNAL).filter((file) => file.form === form).length;
}

/** Feeds a life's rows, each piece made durable before upkeep; true where it died in that. */
function live(engine: EmbeddedEngine, disk: SimulatedDisk, from: number, life: Life): boolean {
  let operations = 0;
  const to = Math.min(TAPE.count, from + life.rows);
  for (let at = from; at < to; at += life.piece) {
    engine.feed(TAPE, at, Math.min(to, at + life.piece));
    engine.commit();
    disk.meet(() => {
      operations += 1;
      if (operations <= life.dieAt) return 'none';
      return life.early ? 'crash_before' : 'crash_after';
    });
    try {
      for (let step = 0; step <= life.steps; step += 1) engine.directory.tend(step > 0);
      // A failure of the upkeep is told and trading goes on; a dead process does not.
      if (operations > life.dieAt) return true;
    } catch (error) {
      if (operations <= life.dieAt) throw error;
      return true;
    }
    disk.meet(() => 'none');
  }
  return false;
}

/** Upkeep until nothing is due. */
function settle(engine: EmbeddedEngine): void {
  for (let step = 0; step < 2000; step += 1) engine.directory.tend(true);
}

/** What takes more than it may does so because a start may need it, or it holds facts alone. */
function checkBounds(disk: SimulatedDisk, retention: Retention): void {
  const files = allSegmentFiles(disk, JOURNAL);
  const snapshots = disk.list('data/snapshots').filter((name) => name.endsWith('.state'));
  const frames = snapshots.map((name) => Number.parseInt(name, 10));
  const through = droppableThrough(frames);
  const sizeOf = (some: typeof files): number =>
    some.reduce(
      (sum, { folder, name }) => sum + disk.size(`${JOURNAL}/${folder}/${name}`.replace('//', '/')),
      0,
    );
  const sealed = files.slice(0, -1);
  const own = sealed.filter(({ folder }) => folder === '');
  const isNeeded = (file: (typeof files)[number] | undefined): boolean => {
    const next = file && files[files.indexOf(file) + 1];
    return next === undefined || next.firstFrame - 1 > through;
  };
  assert.ok(sizeOf(own) <= retention.archiveOverBytes || isNeeded(own[0]), 'archiveOver');
  const whole = sealed.find(({ form }) => form !== 'facts');
  assert.ok(sizeOf(sealed) <= retention.dropMarketOverBytes || isNeeded(whole), 'dropMarketOver');
}

suite('retention of a running engine', () => {
  test('whatever the schedule and wherever it dies, journal, facts and state are as without it', () => {
    const seen = { deaths: 0, archived: 0, facts: 0 };
    fc.assert(
      fc.property(
        lives,
        retentions,
        fc.integer({ min: 40, max: 600 }),
        fc.nat(),
        (all, retention, every, seed) => {
          const disk = new SimulatedDisk();
          const plain = new SimulatedDisk();
          const pick = picker(seed);
          let row = 0;
          for (const [i, life] of all.entries()) {
            const engine = beginEmbedded(openEmbedded(disk, optionsOf(i, every, retention)));
            const twin = beginEmbedded(openEmbedded(plain, optionsOf(i, every, KEEP_EVERYTHING)));
            assert.deepEqual(statesOf(engine), statesOf(twin));
            const died = live(engine, disk, row, life);
            if (died) seen.deaths += 1;
            // The twin sees what was durable.
            const rows = engine.kernel.quotes - twin.kernel.quotes;
            for (let at = row; at < row + rows; at += life.piece) {
              twin.feed(TAPE, at, Math.min(row + rows, at + life.piece));
              twin.commit();
              twin.directory.tend();
            }
            row += rows;
            if (life.machine) disk.crash(pick);
            else disk.endProcess();
            const before = statesOf(twin);
            assert.deepEqual(
              statesOf(openEmbedded(disk.copy('held'), optionsOf(i, every, retention))),
              before,
            );
            assert.equal(verifyJournal(disk, 'data').head, verifyJournal(plain, 'data').head);
            assert.deepEqual(factsOn(disk), factsOn(plain));
            // The newest snapshot may be damaged: the one before it leads to the same.
            const fallback = disk.copy('held');
            const names = fallback.list('data/snapshots').filter((name) => name.endsWith('.state'));
            if (names.length > 1) {
              fallback.rot(`data/snapshots/${names.at(-1)}`, (held) => held.fill(1));
              assert.deepEqual(
                statesOf(openEmbedded(fallback, optionsOf(i, every, retention))),
                before,
              );
            }
          }
          const engine = beginEmbedded(openEmbedded(disk, optionsOf(9, every, retention)));
          settle(engine);
          assert.equal(engine.directory.upkeep.problem, '');
          checkBounds(disk, retention);
          seen.archived += engine.directory.upkeep.archivedSegments;
          seen.facts += namesOf(disk, 'facts');
        },
      ),
      { numRuns: 15 },
    );
    assert.ok(seen.deaths > 5 && seen.archived > 5 && seen.facts > 5, JSON.stringify(seen));
  });
});
