import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { OutputDirectory } from './output-directory.ts';
import { OutputError } from './output-error.ts';

describe('an output directory', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tiyf-output-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const at = (...names: string[]): string => join(root, ...names);
  const put = (path: string, text: string): void => writeFileSync(path, text);
  const refusal = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof OutputError, String(error));
    assert.equal(error.code, 'OUTPUT_REFUSED');
    assert.match(error.message, pattern);
    return true;
  };

  test('appears only when it is complete, with everything in it', () => {
    using output = new OutputDirectory({ path: at('out'), overwrite: false });
    put(join(output.temporary, 'a.txt'), 'one');
    assert.equal(existsSync(at('out')), false);
    output.complete();
    assert.equal(readFileSync(at('out', 'a.txt'), 'utf8'), 'one');
    assert.deepEqual(readdirSync(root), ['out']);
    assert.equal(statSync(at('out')).mode & 0o700, 0o700);
  });

  test('makes the directories above it, and takes an empty one', () => {
    mkdirSync(at('empty'));
    for (const path of [at('x', 'y', 'out'), at('empty')]) {
      using output = new OutputDirectory({ path, overwrite: false });
      put(join(output.temporary, 'a.txt'), 'one');
      output.complete();
      assert.deepEqual(readdirSync(path), ['a.txt']);
    }
    assert.deepEqual(readdirSync(root).sort(), ['empty', 'x']);
  });

  test('leaves nothing when it is not completed', () => {
    {
      using output = new OutputDirectory({ path: at('x', 'y', 'out'), overwrite: false });
      put(join(output.temporary, 'a.txt'), 'one');
    }
    assert.deepEqual(readdirSync(root), []);
  });

  test('refuses a directory that is not empty, and does not touch it', () => {
    mkdirSync(at('out'));
    put(at('out', 'a.txt'), 'old');
    assert.throws(
      () => new OutputDirectory({ path: at('out'), overwrite: false }),
      refusal(/not empty; --overwrite/),
    );
    assert.equal(readFileSync(at('out', 'a.txt'), 'utf8'), 'old');
    assert.deepEqual(readdirSync(root), ['out']);
  });

  test('overwrites as a whole: what was there stays until then, and is gone after', () => {
    mkdirSync(at('out'));
    put(at('out', 'equity.csv'), 'old');
    {
      using output = new OutputDirectory({ path: at('out'), overwrite: true });
      put(join(output.temporary, 'half.txt'), 'half');
    }
    assert.deepEqual(readdirSync(at('out')), ['equity.csv']);
    using output = new OutputDirectory({ path: at('out'), overwrite: true });
    put(join(output.temporary, 'new.txt'), 'new');
    output.complete();
    assert.deepEqual(readdirSync(at('out')), ['new.txt']);
    assert.deepEqual(readdirSync(root), ['out']);
  });

  test('never replaces what holds more than results, the current directory or an input', () => {
    mkdirSync(at('home', 'documents'), { recursive: true });
    mkdirSync(at('out'));
    put(at('out', 'config.jsonc'), '{}');
    const overwrite = true;
    assert.throws(
      () => new OutputDirectory({ path: at('home'), overwrite }),
      refusal(/documents, which is not a result/),
    );
    const inputs = [at('out', 'config.jsonc')];
    assert.throws(
      () => new OutputDirectory({ path: at('out'), overwrite, inputs }),
      refusal(/holds .*config\.jsonc/),
    );
    assert.throws(
      () => new OutputDirectory({ path: at('out'), overwrite }),
      refusal(/config\.jsonc, which is not a result/),
    );
    const before = process.cwd();
    mkdirSync(at('here'));
    put(at('here', 'trades.csv'), '');
    process.chdir(at('here'));
    try {
      assert.throws(
        () => new OutputDirectory({ path: '.', overwrite }),
        refusal(/current directory/),
      );
    } finally {
      process.chdir(before);
    }
    assert.deepEqual(readdirSync(root).sort(), ['here', 'home', 'out']);
  });

  test('refuses a file, a link that leads nowhere, and a place that cannot be made', () => {
    put(at('file'), '');
    symlinkSync(at('nowhere'), at('link'));
    const open = (path: string) => () => new OutputDirectory({ path, overwrite: true });
    assert.throws(open(at('file')), refusal(/is not a directory/));
    assert.throws(open(at('link')), refusal(/leads nowhere/));
    assert.throws(open(at('file', 'out')), refusal(/cannot be/));
    assert.throws(open('/'), refusal(/root of a file system/));
  });

  test('follows a link to the directory that it means', () => {
    mkdirSync(at('real'));
    symlinkSync(at('real'), at('link'));
    using output = new OutputDirectory({ path: at('link'), overwrite: false });
    put(join(output.temporary, 'a.txt'), 'one');
    output.complete();
    assert.deepEqual(readdirSync(at('real')), ['a.txt']);
  });

  test('is not moved over what someone else has put there meanwhile', () => {
    {
      using output = new OutputDirectory({ path: at('out'), overwrite: false });
      put(join(output.temporary, 'a.txt'), 'mine');
      mkdirSync(at('out'));
      put(at('out', 'b.txt'), 'theirs');
      assert.throws(() => output.complete(), { code: 'OUTPUT_FAILED' });
    }
    assert.deepEqual(readdirSync(at('out')), ['b.txt']);
    assert.deepEqual(readdirSync(root), ['out']);
  });
});
