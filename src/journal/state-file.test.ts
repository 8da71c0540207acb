import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { TemporaryFolder } from '../testing/quote-files.ts';
import {
  readStateFile,
  type SavedState,
  SnapshotDirectory,
  StateFileError,
  writeDurably,
  writeStateFile,
} from './state-file.ts';

const SAVED: SavedState = {
  layout: 'EURUSD, ünï €',
  seq: 41,
  time: 1_704_067_200_000_001,
  state: Uint8Array.from({ length: 60 }, (_, i) => (i * 7) & 0xff),
};

function plain({ layout, seq, time, state }: SavedState): unknown {
  return { layout, seq, time, state: [...state] };
}

function assertSaved(read: SavedState | undefined, wanted: SavedState): void {
  assert(read !== undefined, 'there must be a state');
  assert.deepEqual(plain(read), plain(wanted));
}

function assertDamaged(file: string, what: string): void {
  assert.throws(
    () => readStateFile(file),
    (error) => {
      assert(error instanceof StateFileError, `${what}: ${String(error)}`);
      assert.equal(error.code, 'STATE_FILE_DAMAGED');
      return error.message.includes(file);
    },
    what,
  );
}

suite('state file', () => {
  test('what is saved is read back, whatever the layout, the numbers and the bytes', () => {
    using folder = new TemporaryFolder();
    const file = folder.join('a.state');
    const whole = fc.record({
      layout: fc.string({ unit: 'binary', maxLength: 300 }),
      seq: fc.maxSafeNat(),
      time: fc.maxSafeInteger(),
      state: fc.uint8Array({ maxLength: 500 }),
    });
    fc.assert(
      fc.property(whole, (saved) => {
        writeStateFile(file, saved);
        assertSaved(readStateFile(file), saved);
      }),
      { numRuns: 10 },
    );
  });

  test('a state of no bytes and one larger than any buffer are read back', () => {
    using folder = new TemporaryFolder();
    const file = folder.join('a.state');
    for (const length of [0, 1, 3_000_000]) {
      const state = new Uint8Array(length).fill(0xa5);
      writeStateFile(file, { ...SAVED, state });
      const read = readStateFile(file);
      assert.equal(Buffer.compare(read?.state ?? Buffer.from('none'), state), 0);
    }
  });

  test('a file that is missing is no error and no state', () => {
    using folder = new TemporaryFolder();
    assert.equal(readStateFile(folder.join('none.state')), undefined);
  });

  test('what cannot be read for another reason is an error of the system, not a missing state', () => {
    using folder = new TemporaryFolder();
    assert.throws(() => readStateFile(folder.path), { code: 'EISDIR' });
  });

  test('any one byte changed is an error, and so is every single bit', () => {
    using folder = new TemporaryFolder();
    const file = folder.join('a.state');
    writeStateFile(file, SAVED);
    const bytes = readFileSync(file);
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [0xff, 1 << (at % 8)]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (bytes[at] ?? 0) ^ mask;
        writeFileSync(file, damaged);
        assertDamaged(file, `byte ${at} xor ${mask}`);
      }
    }
  });

  test('a file cut to any shorter length is an error, and so is one with bytes appended', () => {
    using folder = new TemporaryFolder();
    const file = folder.join('a.state');
    writeStateFile(file, SAVED);
    const bytes = readFileSync(file);
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(file, bytes.subarray(0, length));
      assertDamaged(file, `${length} bytes`);
    }
    for (const extra of [Buffer.alloc(1), Buffer.alloc(32), bytes]) {
      writeFileSync(file, Buffer.concat([bytes, extra]));
      assertDamaged(file, `${extra.length} bytes more`);
    }
  });

  test('a whole file of something else is an error', () => {
    using folder = new TemporaryFolder();
    const file = folder.join('a.state');
    for (const bytes of [Buffer.alloc(4096), Buffer.from('{"seq": 4}\n')]) {
      writeFileSync(file, bytes);
      assertDamaged(file, 'foreign');
    }
  });

  test('writing replaces the file whole, leaves nothing beside it, and passes over an old half', () => {
    using folder = new TemporaryFolder();
    const file = folder.join('a.state');
    writeFileSync(`${file}.new`, 'half of a write that was cut short, longer than what comes next');
    writeDurably(file, Buffer.from('first'));
    writeDurably(file, Buffer.from('2nd'));
    assert.equal(readFileSync(file, 'utf8'), '2nd');
    assert.deepEqual(readdirSync(folder.path), ['a.state']);
  });

  test('a half written beside a good file does not touch the good one', () => {
    using folder = new TemporaryFolder();
    const file = folder.join('a.state');
    writeStateFile(file, SAVED);
    writeFileSync(`${file}.new`, readFileSync(file).subarray(0, 20));
    assertSaved(readStateFile(file), SAVED);
  });
});

function named(seq: number): string {
  return `${String(seq).padStart(16, '0')}.state`;
}

function at(seq: number): SavedState {
  return { ...SAVED, seq, state: Uint8Array.of(seq & 0xff) };
}

function damage(folder: TemporaryFolder, seq: number): void {
  const file = folder.join(named(seq));
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

function newest(folder: TemporaryFolder): { seq: number | undefined; told: string[] } {
  const told: string[] = [];
  const saved = new SnapshotDirectory(folder.path).newest((error) => {
    assert(error instanceof StateFileError);
    told.push(error.message);
  });
  if (saved !== undefined) assertSaved(saved, at(saved.seq));
  return { seq: saved?.seq, told };
}

suite('snapshot directory', () => {
  test('an empty one has no snapshot and nothing to tell', () => {
    using folder = new TemporaryFolder();
    assert.deepEqual(newest(folder), { seq: undefined, told: [] });
  });

  test('the newest wins by number, also where the number of digits grows, and two are kept', () => {
    using folder = new TemporaryFolder();
    const snapshots = new SnapshotDirectory(folder.path);
    const written = [0, 9, 10, 99, 100, 1_000_000, 9_007_199_254_740_991];
    for (const [i, seq] of written.entries()) {
      snapshots.write(at(seq));
      assert.deepEqual(newest(folder), { seq, told: [] });
      const kept = written.slice(Math.max(0, i - 1), i + 1).map(named);
      assert.deepEqual(readdirSync(folder.path).sort(), kept);
    }
  });

  test('writing the same number again replaces it and keeps the one before', () => {
    using folder = new TemporaryFolder();
    const snapshots = new SnapshotDirectory(folder.path);
    for (const seq of [5, 6, 6, 6]) snapshots.write(at(seq));
    assert.deepEqual(readdirSync(folder.path).sort(), [named(5), named(6)]);
  });

  test('a damaged newest is told of by name and the one before is used', () => {
    using folder = new TemporaryFolder();
    const snapshots = new SnapshotDirectory(folder.path);
    for (const seq of [1, 2, 3]) snapshots.write(at(seq));
    damage(folder, 3);
    const { seq, told } = newest(folder);
    assert.equal(seq, 2);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', new RegExp(`^${named(3)} is passed over`));
  });

  test('a damaged older one is not even looked at', () => {
    using folder = new TemporaryFolder();
    const snapshots = new SnapshotDirectory(folder.path);
    for (const seq of [1, 2]) snapshots.write(at(seq));
    damage(folder, 1);
    assert.deepEqual(newest(folder), { seq: 2, told: [] });
  });

  test('where every one is damaged there is none, and each is told of', () => {
    using folder = new TemporaryFolder();
    const snapshots = new SnapshotDirectory(folder.path);
    for (const seq of [1, 2]) {
      snapshots.write(at(seq));
      damage(folder, seq);
    }
    const { seq, told } = newest(folder);
    assert.equal(seq, undefined);
    assert.equal(told.length, 2);
  });

  test('other files in the directory are neither read nor removed', () => {
    using folder = new TemporaryFolder();
    const others = ['note.txt', `${named(9)}.new`, '9.state', 'a.state'];
    for (const name of others) writeFileSync(folder.join(name), 'x');
    const snapshots = new SnapshotDirectory(folder.path);
    for (const seq of [1, 2, 3]) snapshots.write(at(seq));
    assert.deepEqual(newest(folder), { seq: 3, told: [] });
    assert.deepEqual(readdirSync(folder.path).sort(), [named(2), named(3), ...others].sort());
  });

  test('after a damaged newer one was passed over, what is written survives and is found', () => {
    using folder = new TemporaryFolder();
    const snapshots = new SnapshotDirectory(folder.path);
    for (const seq of [19, 20]) {
      snapshots.write(at(seq));
      damage(folder, seq);
    }
    // A start that found no good snapshot counts its inputs from the beginning.
    for (const seq of [1, 2]) snapshots.write(at(seq));
    assert.equal(newest(folder).seq, 2);
  });
});
