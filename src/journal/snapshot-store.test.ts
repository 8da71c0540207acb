import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { InputKind } from '../model/inputs.ts';
import { SimulatedCrash, SimulatedDisk } from '../simulation/simulated-disk.ts';
import {
  decodeSnapshot,
  encodeSnapshot,
  type Snapshot,
  SnapshotError,
  sealSnapshot,
} from './snapshot-file.ts';
import { DirectWriter, SnapshotStore } from './snapshot-store.ts';

const CONFIGURED = {
  kind: InputKind.configured,
  configuration: '{"ünï":"€"}',
  configHash: 'aa',
  dataVersion: '',
  engineVersion: '1',
  timeZoneVersion: '2026a',
  strategySources: ['b'],
} as const;

function snapshotAt(frame: number, bytes = Uint8Array.of(1, 2, 3)): Snapshot {
  return {
    journalId: 'j',
    frame,
    chainHead: 'cc',
    seq: frame + 1,
    time: 1_704_067_200_000_001,
    configured: { ...CONFIGURED, strategySources: ['b'] },
    parts: [{ name: 'book', layout: 'l', bytes }],
  };
}

function fileOf(snapshot: Snapshot): Uint8Array {
  return sealSnapshot(encodeSnapshot(snapshot));
}

/** Snapshots as their bytes: what is compared is what was written. */
function bytesOf(snapshot: Snapshot): string {
  return Buffer.from(fileOf(snapshot)).toString('hex');
}

suite('a snapshot file', () => {
  test('what is saved is read back, whatever its parts are', () => {
    const part = fc.record({
      name: fc.string({ maxLength: 10 }),
      layout: fc.string({ unit: 'binary', maxLength: 50 }),
      bytes: fc.uint8Array({ maxLength: 300 }),
    });
    const numbers = { frame: fc.maxSafeNat(), seq: fc.maxSafeNat(), time: fc.maxSafeInteger() };
    const whole = fc.record({ ...numbers, parts: fc.array(part, { maxLength: 4 }) });
    fc.assert(
      fc.property(whole, (changes) => {
        const snapshot = { ...snapshotAt(1), ...changes };
        assert.equal(bytesOf(decodeSnapshot(fileOf(snapshot), 'f')), bytesOf(snapshot));
      }),
      { numRuns: 50 },
    );
    const large = snapshotAt(5, new Uint8Array(3_000_000).fill(0xa5));
    assert.equal(decodeSnapshot(fileOf(large), 'f').parts[0]?.bytes.length, 3_000_000);
  });

  test('every byte that is changed and every length that it is cut to is named as damage', () => {
    const good = fileOf(snapshotAt(7)).slice();
    const damaged = (bytes: Uint8Array, what: string): void =>
      assert.throws(
        () => decodeSnapshot(bytes, 'some/file'),
        (error) => error instanceof SnapshotError && error.message.startsWith('some/file'),
        what,
      );
    for (let at = 0; at < good.length; at += 1) {
      for (const bit of [1, 0x80]) {
        const bytes = good.slice();
        bytes[at] = (bytes[at] ?? 0) ^ bit;
        damaged(bytes, `byte ${at}`);
      }
      damaged(good.subarray(0, at), `length ${at}`);
    }
    damaged(Buffer.concat([good, Buffer.of(0)]), 'a byte more');
  });
});

/** Reads the newest good one, as a recovery does. */
function newest(store: SnapshotStore): Snapshot | undefined {
  for (const name of store.names()) {
    try {
      return store.read(name);
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      store.passOver(name);
    }
  }
  return undefined;
}

suite('a directory of snapshots', () => {
  test('the newest and the one before are kept, and what was passed over is not counted', () => {
    const disk = new SimulatedDisk();
    const store = new SnapshotStore(disk, 'snapshots');
    const writer = new DirectWriter(disk);
    for (const frame of [3, 9, 27]) store.write(snapshotAt(frame), writer);
    assert.equal(store.names().length, 2);
    assert.equal(newest(store)?.frame, 27);
    const [name = ''] = store.names();
    disk.rot(`snapshots/${name}`, (held) => held.fill(0, 40, 60));
    assert.equal(newest(store)?.frame, 9);
    store.write(snapshotAt(30), writer);
    assert.deepEqual(
      store.names().map((file) => store.read(file).frame),
      [30, 9],
    );
  });

  test('what was left half written goes, and what is on its way stays', () => {
    const disk = new SimulatedDisk();
    const store = new SnapshotStore(disk, 'snapshots');
    const writer = new DirectWriter(disk);
    for (const frame of [3, 9]) store.write(snapshotAt(frame), writer);
    const unfinished = ['08', '10'].map((end) => `${'0'.repeat(18)}${end}.state.new`);
    for (const name of unfinished) disk.create(`snapshots/${name}`);
    store.write(snapshotAt(27), writer);
    const left = disk.list('snapshots').filter((name) => name.endsWith('.new'));
    assert.deepEqual(left, unfinished.slice(1));
  });

  test('one under the name of another is damage', () => {
    const disk = new SimulatedDisk();
    const store = new SnapshotStore(disk, 'snapshots');
    store.write(snapshotAt(3), new DirectWriter(disk));
    const [name = ''] = store.names();
    const other = name.replace('3', '4');
    disk.rename(`snapshots/${name}`, `snapshots/${other}`);
    assert.throws(() => store.read(other), SnapshotError);
  });

  test('whatever the crash, a whole snapshot stands once there was one', () => {
    const pick = (below: number): number => (below > 0 ? below - 1 : 0);
    for (let crashAt = 0; crashAt < 40; crashAt += 1) {
      for (const torn of [pick, () => 0]) {
        const disk = new SimulatedDisk();
        const store = new SnapshotStore(disk, 'snapshots');
        const writer = new DirectWriter(disk);
        for (const frame of [3, 9]) store.write(snapshotAt(frame), writer);
        let operations = 0;
        disk.meet(() => (operations++ === crashAt ? 'crash_after' : 'none'));
        let written = 9;
        try {
          store.write(snapshotAt(27), writer);
          written = 27;
        } catch (error) {
          assert(error instanceof SimulatedCrash);
        }
        disk.crash(torn);
        const found = newest(new SnapshotStore(disk, 'snapshots'))?.frame ?? 0;
        assert(found >= written, `crash at operation ${crashAt}: ${found}`);
      }
    }
  });
});
