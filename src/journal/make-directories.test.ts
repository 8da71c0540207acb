import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { makeDirectories } from './make-directories.ts';

suite('directories', () => {
  test('are made with what is missing above, and the highest one made is told', () => {
    using folder = new TemporaryFolder();
    assert.equal(makeDirectories(folder.join('a/b/c')), folder.join('a'));
    assert.ok(existsSync(folder.join('a/b/c')));
    assert.equal(makeDirectories(folder.join('a/b/d')), folder.join('a/b/d'));
    assert.equal(makeDirectories(folder.join('a/b/d')), undefined);
  });

  test('below a file, or where none can be made, are an error and no endless wait', () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.join('file'), '');
    assert.throws(() => makeDirectories(folder.join('file/a/b')), { code: 'ENOTDIR' });
    // A file system that refuses with "no such file": found on Linux alone.
    if (existsSync('/proc/self')) assert.throws(() => makeDirectories('/proc/none/a'));
  });
});
