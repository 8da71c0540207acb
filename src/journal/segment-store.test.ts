import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { SimulatedCrash, SimulatedDisk } from '../simulation/simulated-disk.ts';
import {
  appendTurn,
  framesOf,
  JOURNAL_DIRECTORY,
  openSimulated,
  SMALL_SEGMENTS,
} from '../testing/journal-rig.ts';
import type { ChainedJournal } from './chained-journal.ts';
import { BLOCK_BYTES } from './group.ts';
import { JournalError } from './journal-error.ts';
import { walkSegments } from './segment-files.ts';
import { SegmentStore } from './segment-store.ts';

/** A turn of a script: how many records and quotes. */
const turn = fc.tuple(fc.nat(12), fc.nat(20));
const script = fc.array(turn, { minLength: 1, maxLength: 12 });
type Script = readonly (readonly [number, number])[];

/** Plays a script; returns the number of the last frame whose commit returned. */
function play(journal: ChainedJournal, turns: Script): number {
  for (const [i, [alerts, quotes]] of turns.entries()) {
    appendTurn(journal, i + 1, alerts, quotes);
    journal.commit();
    journal.store.prepare();
  }
  return journal.durable;
}

/** A deterministic source of picks. */
function picker(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof JournalError) return error.code;
    throw error;
  }
  return 'none';
}

suite('journal in segments', () => {
  test('what was committed is read back in order, over restarts and segments', () => {
    fc.assert(
      fc.property(fc.array(script, { minLength: 1, maxLength: 4 }), (lives) => {
        const disk = new SimulatedDisk();
        let last = 0;
        for (const turns of lives) {
          const journal = openSimulated(disk);
          assert.equal(journal.store.opened.frame, last);
          assert.equal(journal.store.tailCut, undefined);
          last = play(journal, turns);
          journal.store.close();
        }
        const wanted = lives.flatMap((turns) => turns.map(([a, q]) => 1 + a + q));
        const frames = framesOf(openSimulated(disk).store);
        assert.equal(
          frames.length,
          wanted.reduce((sum, count) => sum + count, 0),
        );
        assert.equal(frames.length, last);
      }),
    );
  });

  test('a machine that dies at any operation loses no commit that returned', () => {
    fc.assert(
      fc.property(script, fc.nat(), fc.boolean(), fc.nat(), (turns, at, before, seed) => {
        const probe = new SimulatedDisk();
        play(openSimulated(probe), turns);
        const dieAt = at % probe.operations;
        const disk = new SimulatedDisk();
        let journal: ChainedJournal | undefined;
        let count = 0;
        disk.meet(() => {
          count += 1;
          if (count !== dieAt + 1) return 'none';
          return before ? 'crash_before' : 'crash_after';
        });
        try {
          journal = openSimulated(disk);
          play(journal, turns);
        } catch (error) {
          if (!hasCrashed(error)) throw error;
        }
        const durable = journal?.durable ?? 0;
        disk.crash(picker(seed));
        const next = openSimulated(disk);
        const frames = framesOf(next.store);
        assert.ok(frames.length >= durable, `${frames.length} of ${durable} frames`);
        assert.equal(next.store.opened.frame, frames.length);
        // What is appended now stands behind it, and a further start finds the same.
        play(next, [[1, 1]]);
        assert.equal(framesOf(openSimulated(disk).store).length, frames.length + 3);
      }),
      { numRuns: 400 },
    );
  });

  test('a second recovery finds what the first one found', () => {
    fc.assert(
      fc.property(script, fc.nat(), fc.nat(), (turns, seed, second) => {
        const disk = new SimulatedDisk();
        const journal = openSimulated(disk);
        play(journal, turns);
        appendTurn(journal, 99, 30, 30);
        disk.meet((operation) => (operation === 'sync' ? 'crash_before' : 'none'));
        assert.throws(
          () => journal.commit(),
          (error) => hasCrashed(error),
        );
        disk.crash(picker(seed));
        const first = openSimulated(disk).store;
        disk.crash(picker(second));
        const again = openSimulated(disk).store;
        assert.deepEqual(again.opened, first.opened);
        // Nobody has acted on the cut yet, so it is told again.
        assert.deepEqual(again.tailCut?.bytes, first.tailCut?.bytes);
      }),
    );
  });

  test('a failed write or sync is the end: nothing is retried, nothing follows', () => {
    for (const operation of ['write', 'sync'] as const) {
      const disk = new SimulatedDisk();
      const journal = openSimulated(disk);
      play(journal, [[2, 2]]);
      let failures = 0;
      disk.meet((what) => {
        if (what !== operation || failures > 0) return 'none';
        failures += 1;
        return 'EIO';
      });
      appendTurn(journal, 2, 1, 1);
      assert.equal(
        codeOf(() => journal.commit()),
        'JOURNAL_FAILED',
      );
      const { operations } = disk;
      assert.equal(
        codeOf(() => journal.commit()),
        'JOURNAL_FAILED',
      );
      assert.equal(disk.operations, operations, 'the disk is not asked again');
      assert.equal(journal.durable, 5);
    }
  });

  test('what the system shows after a failed sync is not believed', () => {
    const disk = new SimulatedDisk();
    const journal = openSimulated(disk);
    play(journal, [[2, 2]]);
    disk.meet((operation) => (operation === 'sync' ? 'EIO' : 'none'));
    appendTurn(journal, 2, 1, 1);
    assert.equal(
      codeOf(() => journal.commit()),
      'JOURNAL_FAILED',
    );
    disk.endProcess();
    assert.equal(framesOf(openSimulated(disk).store).length, 5);
  });

  test('what the system shows after a failed sync does not come back beside what is written next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), turn, turn, (before, lost, next) => {
        const disk = new SimulatedDisk();
        play(
          openSimulated(disk),
          Array.from({ length: before }, () => [2, 2] as const),
        );
        const failing = openSimulated(disk);
        appendTurn(failing, 1, ...lost);
        disk.meet((operation) => (operation === 'sync' ? 'EIO' : 'none'));
        assert.equal(
          codeOf(() => failing.commit()),
          'JOURNAL_FAILED',
        );
        disk.endProcess();
        const journal = openSimulated(disk);
        for (const mark of [2, 3]) {
          appendTurn(journal, mark, ...next);
          journal.commit();
        }
        // A copy is made of what the system shows.
        const copied = framesOf(openSimulated(disk.copy('shown')).store);
        assert.deepEqual(copied, framesOf(journal.store));
      }),
    );
  });

  test('what the cache alone held is made durable before it is believed', () => {
    fc.assert(
      fc.property(script, fc.nat(), (turns, seed) => {
        const disk = new SimulatedDisk();
        disk.readsAroundCache = false;
        const journal = openSimulated(disk);
        play(journal, turns);
        disk.meet((operation) => (operation === 'sync' ? 'crash_before' : 'none'));
        appendTurn(journal, 99, 3, 3);
        assert.throws(() => journal.commit(), hasCrashed);
        // The process died and the machine did not: the group stands in the cache.
        disk.endProcess();
        const seen = framesOf(openSimulated(disk).store).length;
        disk.crash(picker(seed));
        assert.equal(framesOf(openSimulated(disk).store).length, seen);
      }),
    );
  });

  test('a full disk leaves the reserve, and says so before it is needed', () => {
    const disk = new SimulatedDisk();
    const journal = openSimulated(disk);
    play(journal, [[1, 1]]);
    journal.store.prepare();
    assert.equal(journal.store.inReserve, false);
    // The spare is whole by now: the next segment has room, the one after it has not.
    disk.meet((operation) => (operation === 'create' ? 'ENOSPC' : 'none'));
    while (!journal.store.inReserve) {
      appendTurn(journal, 1, 5, 5);
      journal.commit();
      journal.store.prepare();
    }
    const { durable } = journal;
    appendTurn(journal, 2, 1, 0);
    journal.commit();
    assert.ok(journal.durable > durable, 'the reserve takes what is left to say');
    const fill = (): void => {
      for (let i = 0; i < 10; i += 1) {
        appendTurn(journal, 3, 5, 5);
        journal.commit();
      }
    };
    assert.equal(codeOf(fill), 'JOURNAL_FULL');
  });
});

function hasCrashed(error: unknown): boolean {
  if (error instanceof SimulatedCrash) return true;
  return error instanceof JournalError && error.cause instanceof SimulatedCrash;
}

/** A journal of two segments whose last group is whole, and its files. */
function sampleJournal(): { disk: SimulatedDisk; frames: number; files: string[] } {
  const disk = new SimulatedDisk();
  const journal = openSimulated(disk);
  play(journal, [
    [3, 2],
    [10, 10],
    [1, 0],
    [12, 3],
    [2, 5],
    [1, 1],
  ]);
  const files = disk.list(JOURNAL_DIRECTORY).filter((name) => name.endsWith('.log'));
  return { disk, frames: journal.durable, files: [...files] };
}

interface Outcome {
  readonly code: string;
  readonly frames: number;
  readonly cut: number;
}

/** How a journal opens and reads: what it says, and how many frames it gives. */
function opened(disk: SimulatedDisk): Outcome {
  let frames = 0;
  let cut = 0;
  const code = codeOf(() => {
    const store = new SegmentStore(disk, JOURNAL_DIRECTORY, 0, SMALL_SEGMENTS);
    cut = store.tailCut?.bytes ?? 0;
    frames = framesOf(store).length;
  });
  return { code, frames, cut };
}

/** The same, read only: nothing on the disk is changed. */
function read(disk: SimulatedDisk): Outcome {
  let frames = 0;
  let cut = 0;
  const code = codeOf(() => {
    const end = walkSegments(disk, JOURNAL_DIRECTORY, {
      from: 1,
      digests: false,
      take: (_group, header) => {
        frames += header.frames;
      },
    });
    cut = end?.strayBytes ?? 0;
  });
  return { code, frames, cut };
}

suite('damage of a journal', () => {
  test('every byte, flipped one at a time, is noticed and named; none gives other frames', () => {
    const { disk, frames, files } = sampleJournal();
    assert.ok(files.length >= 2, `${files.length} segments`);
    const damaged = files.map(() => 0);
    let cuts = 0;
    for (const [n, name] of files.entries()) {
      const path = `${JOURNAL_DIRECTORY}/${name}`;
      for (let at = 0; at < SMALL_SEGMENTS.segmentBytes; at += 1) {
        const flip = (held: Uint8Array): void => {
          held[at] = (held[at] as number) ^ (1 << (at % 8));
        };
        disk.rot(path, flip);
        const found = read(disk);
        if (at % 101 === 0) {
          const { code, cut } = opened(disk.copy());
          assert.deepEqual({ code, cut }, { code: found.code, cut: found.cut }, `${name} ${at}`);
        }
        disk.rot(path, flip);
        if (found.code === 'JOURNAL_DAMAGED') damaged[n] = (damaged[n] ?? 0) + 1;
        else if (found.cut > 0 && n === files.length - 1) cuts += 1;
        // Behind the end that the next segment states nothing is read, so nothing can change it.
        else
          assert.ok(n < files.length - 1 && found.frames === frames, `${name} ${at}: in silence`);
      }
    }
    assert.ok(cuts > 0, 'in the last group, or behind it: cut off, and said so');
    assert.ok((damaged[0] ?? 0) > 2 * BLOCK_BYTES, 'before it: refused');
  });

  test('a group of another journal in the place of ours breaks the chain', () => {
    const disks = [1, 2].map((mark) => {
      const disk = new SimulatedDisk();
      const journal = openSimulated(disk);
      for (const turn of [mark, 5, 6]) {
        appendTurn(journal, turn, 1, 1);
        journal.commit();
      }
      return disk;
    });
    const path = `${JOURNAL_DIRECTORY}/00000000000000000001.log`;
    const [ours, other] = disks;
    const foreign = other?.readDurable(path).slice(2 * BLOCK_BYTES, 3 * BLOCK_BYTES);
    ours?.rot(path, (held) => held.set(foreign ?? [], 2 * BLOCK_BYTES));
    assert.equal(read(ours ?? new SimulatedDisk()).code, 'JOURNAL_DAMAGED');
  });

  test('in the open segment too, damage with a whole group behind it is refused, not cut off', () => {
    const disk = new SimulatedDisk();
    const journal = openSimulated(disk);
    for (const turn of [1, 2]) {
      appendTurn(journal, turn, 1, 1);
      journal.commit();
    }
    const path = `${JOURNAL_DIRECTORY}/00000000000000000001.log`;
    const codeWithFlipAt = (at: number): string => {
      const copy = disk.copy();
      copy.rot(path, (held) => {
        held[at] = (held[at] as number) ^ 1;
      });
      const { code, cut } = opened(copy);
      return code === 'none' && cut > 0 ? 'cut' : code;
    };
    assert.equal(codeWithFlipAt(BLOCK_BYTES + 200), 'JOURNAL_DAMAGED');
    assert.equal(codeWithFlipAt(2 * BLOCK_BYTES + 200), 'cut');
  });

  test('every length that a segment is truncated to is noticed', () => {
    const { disk, frames, files } = sampleJournal();
    for (const name of files) {
      const path = `${JOURNAL_DIRECTORY}/${name}`;
      const copy = disk.copy();
      for (let length = SMALL_SEGMENTS.segmentBytes - 1; length >= 0; length -= 3) {
        copy.truncate(path, length);
        const { code, frames: found } = read(copy);
        assert.ok(code === 'JOURNAL_DAMAGED' || found === frames, `${name} at ${length}: ${code}`);
      }
    }
  });

  test('an old segment is followed by a new one, unless it holds no group yet', () => {
    const disk = new SimulatedDisk();
    const journal = openSimulated(disk);
    const late = 3 * SMALL_SEGMENTS.ageMaxUs;
    for (const [turn, mark] of [late, late + 1, 2 * late].entries()) {
      journal.store.prepare();
      appendTurn(journal, mark, 1, 1);
      journal.commit();
      assert.equal(framesOf(openSimulated(disk.copy()).store).length, 3 * (turn + 1));
    }
    const names = disk.list(JOURNAL_DIRECTORY).filter((name) => name.endsWith('.log'));
    // The first began at time 0: it is old from its first group on.
    assert.equal(names.length, 3);
  });
});
