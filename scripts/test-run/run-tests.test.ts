import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runTestFiles, type TestRunOptions, type TestRunResult } from './run-tests.ts';

/** Wide enough for a busy machine; a test that waits for a limit narrows that one. */
const LIMITS = { testTimeoutMs: 10_000, idleMs: 10_000, stuckMs: 20_000 };

/** Runs planted test files, name to source, in a folder of their own. */
async function runPlanted(
  files: Readonly<Record<string, string>>,
  limits: Partial<TestRunOptions> = {},
): Promise<TestRunResult> {
  const root = mkdtempSync(join(tmpdir(), 'tiyf-run-tests-'));
  try {
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    const paths = Object.entries(files).map(([name, source]) => {
      const path = join(root, name);
      writeFileSync(path, `import { describe, it } from 'node:test';\n${source}`);
      return path;
    });
    return await runTestFiles({ root, files: paths, ...LIMITS, ...limits });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function titles(result: TestRunResult): string[] {
  return result.failures.map((failure) => failure.title);
}

describe('the test run', { concurrency: 2 }, () => {
  it('counts what passed, failed and was skipped, and names each failure once', async () => {
    const result = await runPlanted({
      'a.test.ts': `
        describe('sums', () => {
          it('adds', () => { console.log('printed'); });
          it('breaks', () => { throw new Error('broken sum'); });
          it.skip('later', () => {});
        });`,
      'b.test.ts': `it('passes too', () => {});`,
    });
    assert.deepEqual([result.passed, result.skipped], [2, 1]);
    assert.deepEqual(titles(result), ['a.test.ts:5 › sums › breaks']);
    assert.match(result.failures[0]?.error ?? '', /^Error: broken sum\n {4}at /);
    assert.match(result.output, /printed/);
  });

  it('fails a file that throws while it is loaded and still runs the others', async () => {
    const result = await runPlanted({
      'a.test.ts': `import './absent.ts';`,
      'b.test.ts': `throw new Error('at import');`,
      'c.test.ts': `it('passes', () => {});`,
    });
    assert.equal(result.passed, 1);
    assert.deepEqual(titles(result), ['a.test.ts', 'b.test.ts']);
  });

  it('fails a file that registers no test', async () => {
    const result = await runPlanted({ 'a.test.ts': 'export const nothing = 1;' });
    assert.deepEqual([result.passed, titles(result)], [0, ['a.test.ts']]);
  });

  it('fails an error that comes after its test has ended', async () => {
    const result = await runPlanted({
      'a.test.ts': `
        it('too early', () => { setTimeout(() => { throw new Error('late'); }, 10); });
        it('waits', () => new Promise((resolve) => setTimeout(resolve, 60)));`,
    });
    assert.equal(result.failures.length, 1);
    assert.match(result.failures[0]?.error ?? '', /"too early".*late/);
  });

  it('ends a test that never settles at its time limit', async () => {
    const result = await runPlanted(
      {
        'a.test.ts': `
        it('waits for ever', () => new Promise((resolve) => setTimeout(resolve, 400)));
        it('passes', () => {});`,
      },
      { testTimeoutMs: 100 },
    );
    assert.deepEqual([result.passed, titles(result)], [1, ['a.test.ts:3 › waits for ever']]);
  });

  it('kills a process that a test keeps in a loop and names the test', async () => {
    const result = await runPlanted(
      {
        'a.test.ts': `it('passes', () => {}); it('loops', () => { for (;;); });`,
      },
      { stuckMs: 2000 },
    );
    assert.deepEqual([result.passed, titles(result)], [1, ['a.test.ts:2 › loops']]);
    assert.match(result.failures[0]?.error ?? '', /killed/);
  });

  it('fails a test that ends the process', async () => {
    const result = await runPlanted({ 'a.test.ts': `it('exits', () => { process.exit(0); });` });
    assert.deepEqual(titles(result), ['a.test.ts:2 › exits']);
    assert.match(result.failures[0]?.error ?? '', /ended early \(exit code 0\)/);
  });

  it('fails a run in which a test leaves something open', async () => {
    const result = await runPlanted(
      {
        'a.test.ts': `it('forgets', () => { setInterval(() => {}, 1000); });`,
      },
      { idleMs: 500 },
    );
    assert.equal(result.passed, 1);
    assert.match(result.failures[0]?.error ?? '', /one left open: .*Timeout/);
  });
});
