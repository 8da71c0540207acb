import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../testing/cut-run.ts', import.meta.url));

async function cutRun(
  phase: string,
  config: string,
  directory: string,
  cuts: number,
): Promise<unknown> {
  const words = ['--conditions=tiyf-source', SCRIPT, phase, config, directory, String(cuts)];
  const { stdout } = await run(process.execPath, words, { maxBuffer: 1 << 24 });
  return JSON.parse(stdout);
}

async function checkCuts(example: string, cuts: number): Promise<void> {
  const root = new URL(`../../examples/${example}/config.jsonc`, import.meta.url);
  const directory = mkdtempSync(join(tmpdir(), 'tiyf-cut-'));
  try {
    const whole = await cutRun('save', fileURLToPath(root), directory, cuts);
    const resumed = await cutRun('resume', fileURLToPath(root), directory, cuts);
    assert(Array.isArray(resumed) && resumed.length === cuts);
    assert.deepEqual([...new Set(resumed)], [whole]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

suite('cut and gone on with', () => {
  for (const example of ['ema-cross', 'scripted']) {
    test(`${example}: restored in a new process at any of 100 points it ends as if never cut`, () =>
      checkCuts(example, 100));
  }

  // What it alone has is a state of its own: the target of two legs.
  test('spread: restored in a new process at any of 8 points it ends as if never cut', () =>
    checkCuts('spread', 8));
});
