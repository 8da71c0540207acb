import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TemporaryFolder } from '../../testing/quote-files.ts';
import { HashMemo } from './hash-memo.ts';

const HOUR_MS = 3_600_000;

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A memo of a run that begins an hour from now: what was written now is old by then. */
function later(file: string, said: string[] = []): HashMemo {
  const damaged = (text: string): void => void said.push(text);
  return new HashMemo({ file, now: () => Date.now() + HOUR_MS, damaged });
}

/** Puts another hash in the place of the true one: whoever trusts the memo is found out. */
function planted(memo: string): void {
  const body = (readFileSync(memo, 'latin1').split('\n')[1] ?? '').replace(
    /"sha256":"[0-9a-f]{64}"/g,
    `"sha256":"${'0'.repeat(64)}"`,
  );
  writeFileSync(memo, `${sha256(body)}\n${body}\n`);
}

describe('the memo of hashes', () => {
  test('spares a file that stands as it did, and no file that was changed when it was hashed', async () => {
    using folder = new TemporaryFolder();
    const [file, memo] = [folder.join('a.csv'), folder.join('hashes.json')];
    writeFileSync(file, 'one');
    const racy = new HashMemo({ file: memo });
    assert.equal(await racy.sha256(file), sha256('one'));
    racy.save();
    planted(memo);
    // Changed a moment before it was hashed: it is hashed again, then remembered for good.
    const settled = later(memo);
    assert.equal(await settled.sha256(file), sha256('one'));
    settled.save();
    planted(memo);
    assert.equal(await later(memo).sha256(file), '0'.repeat(64));
  });

  test('is not deceived by a change that keeps size and mtime', async () => {
    using folder = new TemporaryFolder();
    const [file, memo] = [folder.join('a.csv'), folder.join('hashes.json')];
    const time = new Date('2024-01-01T00:00:00Z');
    writeFileSync(file, 'one');
    utimesSync(file, time, time);
    const before = statSync(file, { bigint: true });
    const first = later(memo);
    await first.sha256(file);
    first.save();
    // The disk's clock ticks every few milliseconds.
    await sleep(20);
    writeFileSync(file, 'two');
    utimesSync(file, time, time);
    const after = statSync(file, { bigint: true });
    assert.deepEqual([after.size, after.mtimeNs], [before.size, before.mtimeNs]);
    assert.equal(await later(memo).sha256(file), sha256('two'));
  });

  test('with any byte wrong is said, not used, and made anew', async () => {
    using folder = new TemporaryFolder();
    const [file, memo] = [folder.join('a.csv'), folder.join('hashes.json')];
    writeFileSync(file, 'one');
    const first = later(memo);
    await first.sha256(file);
    first.save();
    planted(memo);
    const bytes = readFileSync(memo);
    // The last byte is a line end that nothing depends on.
    for (let at = 0; at < bytes.length - 1; at += 1) {
      const bad = Buffer.from(bytes);
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(memo, bad);
      const said: string[] = [];
      assert.equal(await later(memo, said).sha256(file), sha256('one'), `byte ${at}`);
      assert.match(said.join(), /not used and made anew/);
    }
  });
});
