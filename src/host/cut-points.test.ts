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

async function cutRun(phase: string, config: string, directory: string): Promise<unknown> {
  const words = ['--conditions=tiyf-source', SCRIPT, phase, config, directory];
  const { stdout } = await run(process.execPath, words, { maxBuffer: 1 << 24 });
  return JSON.parse(stdout);
}

suite('cut and gone on with', () => {
  for (const example of ['ema-cross', 'scripted']) {
    test(`${example}: restored in a new process at any of 100 points it ends as if never cut`, async () => {
      const root = new URL(`../../examples/${example}/config.jsonc`, import.meta.url);
      const directory = mkdtempSync(join(tmpdir(), 'tiyf-cut-'));
      try {
        const whole = await cutRun('save', fileURLToPath(root), directory);
        const resumed = await cutRun('resume', fileURLToPath(root), directory);
        assert(Array.isArray(resumed) && resumed.length === 100);
        assert.deepEqual([...new Set(resumed)], [whole]);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
});
