import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { LocalDisk } from '../journal/local-disk.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { StopNote } from './last-stop.ts';

const FILE = 'last-stop.json';

suite('the note of the last stop', () => {
  test('where there is none the end is not known', () => {
    using folder = new TemporaryFolder();
    assert.equal(new StopNote(new LocalDisk(), folder.path).read(), undefined);
  });

  test('what was noted is read back, also by the next process, and the last word counts', () => {
    using folder = new TemporaryFolder();
    const stop = fc.record({
      clean: fc.boolean(),
      reason: fc.string({ unit: 'grapheme', maxLength: 80 }),
      time: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(stop, (noted) => {
        new StopNote(new LocalDisk(), folder.path).write(noted);
        assert.deepEqual(new StopNote(new LocalDisk(), folder.path).read(), { ...noted });
      }),
      { numRuns: 12 },
    );
    assert.deepEqual(readdirSync(folder.path), [FILE]);
  });

  test('cleared it is gone, and clearing what is not there is no error', () => {
    using folder = new TemporaryFolder();
    const note = new StopNote(new LocalDisk(), folder.path);
    note.clear();
    note.write({ clean: true, reason: 'SIGTERM', time: 5 });
    note.clear();
    note.clear();
    assert.equal(note.read(), undefined);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  test('one that cannot be understood counts as an unclean end, never as a clean one', () => {
    using folder = new TemporaryFolder();
    const note = new StopNote(new LocalDisk(), folder.path);
    note.write({ clean: true, reason: 'SIGTERM', time: 5 });
    const good = '{"clean":true,"reason":"SIGTERM","time":5}';
    const cut = Array.from(good, (_, length) => good.slice(0, length));
    const wrong = [
      'null',
      'true',
      '7',
      '[]',
      '{}',
      '"clean"',
      '{"clean":"true","reason":"a","time":5}',
      '{"clean":1,"reason":"a","time":5}',
      '{"clean":true,"time":5}',
      '{"clean":true,"reason":"a","time":"5"}',
      '{"clean":true,"reason":null,"time":5}',
    ];
    for (const text of [...cut, ...wrong, '\0'.repeat(40)]) {
      writeFileSync(folder.join(FILE), text);
      const read = note.read();
      assert.equal(read?.clean, false, text);
      assert(read.reason.startsWith(FILE), text);
    }
  });

  test('one that the system cannot read is an error, not a missing note', () => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.join(FILE));
    assert.throws(() => new StopNote(new LocalDisk(), folder.path).read(), { code: 'EISDIR' });
  });
});
