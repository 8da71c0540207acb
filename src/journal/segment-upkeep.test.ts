import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { InputKind } from '../model/inputs.ts';
import { SimulatedCrash, SimulatedDisk } from '../simulation/simulated-disk.ts';
import { appendTurn, JOURNAL_DIRECTORY, openSimulated } from '../testing/journal-rig.ts';
import { readFrames, readGroup } from './group.ts';
import { JournalError } from './journal-error.ts';
import { verifyJournal } from './read-journal.ts';
import { KEEP_EVERYTHING, type Retention } from './retention.ts';
import { segmentFilesAmong } from './segment.ts';
import { allSegmentFiles, readSegment, walkSegments } from './segment-files.ts';
import { SegmentUpkeep } from './segment-upkeep.ts';

const ARCHIVE = `${JOURNAL_DIRECTORY}/archive`;
const EVERYTHING_AT_ONCE: Retention = {
  ...KEEP_EVERYTHING,
  dropMarketOverBytes: 0,
  archiveOverBytes: 0,
};
const ALL = Number.MAX_SAFE_INTEGER;
/** Turns after which there are several segments. */
const TURNS = 12;

function filled(turns = TURNS): SimulatedDisk {
  const disk = new SimulatedDisk();
  const journal = openSimulated(disk);
  for (let mark = 1; mark <= turns; mark += 1) {
    appendTurn(journal, mark, mark % 5, (mark * 7) % 30);
    journal.commit();
    journal.store.prepare();
  }
  return disk;
}

/** Every frame that is there, by number, as bytes. */
function framesOn(disk: SimulatedDisk): Map<number, Buffer> {
  const frames = new Map<number, Buffer>();
  walkSegments(disk, JOURNAL_DIRECTORY, {
    from: 1,
    digests: true,
    take: (group, header) => {
      const take = (n: number, bytes: Uint8Array, from: number, to: number): void => {
        frames.set(n, Buffer.from(bytes.subarray(from, to)));
      };
      assert.ok(readFrames(group, header, take));
    },
  });
  return frames;
}

function isQuote(frame: Buffer): boolean {
  return frame[0] === InputKind.quote;
}

/** Steps until nothing is left to do; returns how many. */
function tend(disk: SimulatedDisk, retention: Retention, through = ALL): number {
  const upkeep = new SegmentUpkeep(disk, JOURNAL_DIRECTORY, retention);
  let steps = 0;
  while (upkeep.step(ALL, { drop: through, archive: ALL }) !== undefined) steps += 1;
  return steps;
}

/** Facts are all there as they were; quotes too, but for those up to `through`. */
function checkKept(before: Map<number, Buffer>, after: Map<number, Buffer>, through: number): void {
  for (const [number, frame] of before) {
    const kept = after.get(number);
    if (kept === undefined) assert.ok(isQuote(frame) && number <= through, `frame ${number}`);
    else assert.deepEqual(kept, frame);
  }
}

function picker(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

suite('upkeep of sealed segments', () => {
  test('a machine that dies at any operation of it loses no fact, and no market data it was to keep', () => {
    const before = framesOn(filled());
    const { head } = verifyJournal(filled(), JOURNAL_DIRECTORY);
    assert.match(head, /^sha256:/);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.boolean(), fc.nat(), (cut, at, early, seed) => {
        const through = cut % (before.size + 1);
        const probe = filled();
        const start = probe.operations;
        tend(probe, EVERYTHING_AT_ONCE, through);
        const dieAt = at % (probe.operations - start);
        const disk = filled();
        let count = 0;
        disk.meet(() => {
          count += 1;
          if (count <= dieAt) return 'none';
          return early ? 'crash_before' : 'crash_after';
        });
        assert.throws(() => tend(disk, EVERYTHING_AT_ONCE, through), SimulatedCrash);
        disk.crash(picker(seed));
        checkKept(before, framesOn(disk), through);
        // The next life goes on where this one was cut off.
        openSimulated(disk).store.close();
        tend(disk, EVERYTHING_AT_ONCE, through);
        checkKept(before, framesOn(disk), through);
        const forms = segmentFilesAmong(disk.list(ARCHIVE)).map(({ form }) => form);
        assert.ok(forms.length > 2 && !forms.includes('plain'));
        const left = disk.list(ARCHIVE).filter((name) => name.endsWith('.new'));
        assert.deepEqual(left, []);
      }),
      { numRuns: 150 },
    );
  });

  test('between the turns of a running journal it changes nothing of what is read', () => {
    const plain = filled(20);
    const disk = new SimulatedDisk();
    const journal = openSimulated(disk);
    const upkeep = new SegmentUpkeep(disk, JOURNAL_DIRECTORY, {
      ...KEEP_EVERYTHING,
      archiveAfterUs: 5,
    });
    for (let mark = 1; mark <= 20; mark += 1) {
      appendTurn(journal, mark, mark % 5, (mark * 7) % 30);
      journal.commit();
      journal.store.prepare();
      upkeep.rolled();
      for (let step = 0; step < 3; step += 1) upkeep.step(mark, { drop: 0, archive: ALL });
    }
    assert.deepEqual([...framesOn(disk).values()], [...framesOn(plain).values()]);
    assert.ok(disk.list(ARCHIVE).length > 0);
  });

  test('a reader that has begun finds what is packed and moved while it reads', () => {
    const before = framesOn(filled(4 * TURNS));
    const disk = filled(4 * TURNS);
    const seen: number[] = [];
    walkSegments(disk, JOURNAL_DIRECTORY, {
      from: 1,
      digests: true,
      take: (group, header) => {
        // Behind the first group every sealed segment goes to another place under another name.
        if (seen.length === 0) tend(disk, EVERYTHING_AT_ONCE, 0);
        readFrames(group, header, (n) => seen.push(n));
      },
    });
    assert.ok(disk.list(ARCHIVE).length > 3);
    assert.deepEqual(seen, [...before.keys()]);
  });

  test('dropped market data leaves the chain, its head, every fact, and a range that says so', () => {
    const disk = filled();
    const whole = verifyJournal(disk, JOURNAL_DIRECTORY);
    assert.deepEqual(whole.marketData, [{ from: 1, to: whole.frames }]);
    const before = framesOn(disk);
    const through = Math.floor(before.size / 2);
    tend(disk, EVERYTHING_AT_ONCE, through);
    const thin = verifyJournal(disk, JOURNAL_DIRECTORY);
    assert.equal(thin.head, whole.head);
    assert.equal(thin.frames, whole.frames);
    const [range] = thin.marketData;
    assert.ok(range !== undefined && range.from > 1 && range.from <= through + 1);
    assert.equal(range.to, whole.frames);
    const after = framesOn(disk);
    checkKept(before, after, range.from - 1);
    const quotes = [...after].filter(([number, frame]) => isQuote(frame) && number < range.from);
    assert.deepEqual(quotes, []);
  });

  test('every byte of a group without market data, flipped, is noticed', () => {
    const disk = filled();
    tend(disk, EVERYTHING_AT_ONCE);
    const file = allSegmentFiles(disk, JOURNAL_DIRECTORY).find(({ form }) => form === 'facts');
    assert.ok(file !== undefined);
    const { bytes } = readSegment(disk, JOURNAL_DIRECTORY, file);
    const whole = readGroup(bytes, 4096, true);
    assert.ok('group' in whole && whole.header.marketDropped);
    const group = whole.group.slice();
    for (let at = 0; at < group.length; at += 1) {
      group[at] = (group[at] as number) ^ (1 << (at % 8));
      assert.ok('fault' in readGroup(group, 0, true), `byte ${at}`);
      group[at] = (group[at] as number) ^ (1 << (at % 8));
    }
    assert.ok(!('fault' in readGroup(group, 0, true)));
  });

  test('every byte of a packed file, flipped, is noticed', () => {
    const disk = filled();
    tend(disk, EVERYTHING_AT_ONCE);
    const [name = ''] = disk.list(ARCHIVE);
    const path = `${ARCHIVE}/${name}`;
    const { length } = disk.readDurable(path);
    const wanted = [...framesOn(disk)];
    for (let at = 0; at < length; at += 1) {
      const flip = (held: Uint8Array): void => {
        held[at] = (held[at] as number) ^ (1 << (at % 8));
      };
      disk.rot(path, flip);
      let frames: unknown;
      try {
        frames = [...framesOn(disk)];
      } catch (error) {
        assert.ok(error instanceof JournalError && error.code === 'JOURNAL_DAMAGED', `byte ${at}`);
      }
      // A few bits of a zstd frame mean nothing; what they stand before is the same.
      if (frames !== undefined) assert.deepEqual(frames, wanted, `byte ${at}`);
      disk.rot(path, flip);
    }
  });

  test('a step that fails leaves the journal as it was and nothing half made, and is made again', () => {
    let failures = 0;
    for (let seed = 0; seed < 20; seed += 1) {
      const disk = filled();
      const before = framesOn(disk);
      const upkeep = new SegmentUpkeep(disk, JOURNAL_DIRECTORY, EVERYTHING_AT_ONCE);
      const pick = picker(seed);
      disk.meet(() => (pick(8) === 0 ? (['EIO', 'ENOSPC'] as const)[seed % 2] : 'none') ?? 'none');
      for (let done = false; !done; ) {
        try {
          done = upkeep.step(ALL, { drop: 0, archive: ALL }) === undefined;
        } catch {
          failures += 1;
        }
      }
      disk.meet(() => 'none');
      assert.equal(tend(disk, EVERYTHING_AT_ONCE, 0), 0);
      const all = [...disk.list(JOURNAL_DIRECTORY), ...disk.list(ARCHIVE)];
      assert.deepEqual(
        all.filter((name) => name.endsWith('.zst.new')),
        [],
      );
      assert.deepEqual([...framesOn(disk)], [...before]);
    }
    assert.ok(failures > 100, String(failures));
  });

  test('an archive kept elsewhere is said to be missing; a hole in it is damage', () => {
    const disk = filled();
    tend(disk, EVERYTHING_AT_ONCE);
    const [first = '', second = ''] = disk.list(ARCHIVE);
    const holed = disk.copy();
    holed.remove(`${ARCHIVE}/${second}`);
    assert.throws(() => verifyJournal(holed, JOURNAL_DIRECTORY), { code: 'JOURNAL_DAMAGED' });
    const { firstFrame, head } = verifyJournal(disk, JOURNAL_DIRECTORY);
    assert.equal(firstFrame, 1);
    disk.remove(`${ARCHIVE}/${first}`);
    const rest = verifyJournal(disk, JOURNAL_DIRECTORY);
    assert.equal(rest.firstFrame, Number(second.slice(0, 20)));
    assert.equal(rest.head, head);
  });

  test('beside an archive without the segments after it no journal is begun', () => {
    const disk = filled();
    tend(disk, EVERYTHING_AT_ONCE);
    for (const name of disk.list(JOURNAL_DIRECTORY)) disk.remove(`${JOURNAL_DIRECTORY}/${name}`);
    assert.throws(() => openSimulated(disk), { code: 'JOURNAL_MISSING' });
  });

  test('a file whose name does not say what it holds is damage', () => {
    const disk = filled();
    tend(disk, EVERYTHING_AT_ONCE);
    const [name = ''] = disk.list(ARCHIVE).filter((file) => file.includes('.facts'));
    disk.rename(`${ARCHIVE}/${name}`, `${ARCHIVE}/${name.replace('.facts', '')}`);
    assert.throws(() => verifyJournal(disk, JOURNAL_DIRECTORY), { code: 'JOURNAL_DAMAGED' });
  });
});
