import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TortureResult } from '../simulation/torture/campaign.ts';

const TIYF = fileURLToPath(new URL('../../bin/tiyf', import.meta.url));

/** A campaign in a directory of its own, and what it printed. */
async function torture(flags: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), 'tiyf-torture-test-'));
  try {
    const words = ['torture', '--json', '--quiet', '--out', join(root, 'out'), ...flags];
    const child = spawn(TIYF, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = Promise.withResolvers<number | null>();
    child.once('close', ended.resolve);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const code = await ended.promise;
    assert.notEqual(out, '', err);
    return { code, result: JSON.parse(out) as TortureResult };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

suite('engine and broker, killed at random under faults,', () => {
  for (const seed of ['1', '2']) {
    test(`agree order by order and to the last digit: 20 kills of seed ${seed}`, async () => {
      const kills = ['--kills', '10', '--broker-kills', '10', '--orders', '100'];
      const bounds = ['--patience', '5', '--settle', '45'];
      const { code, result } = await torture(['--seed', seed, ...kills, ...bounds]);
      assert.deepEqual(result.differences, []);
      assert.equal(code, 0);
      assert(result.kills >= 10 && result.brokerKills >= 10);
      assert(result.orders >= 100 && result.fills > 0, `${result.fills} fills`);
      assert(result.account !== undefined && result.account.executions === result.fills);
      for (const { until } of result.account.doubts) assert.notEqual(until, '');
    });
  }

  test('show an engine that sends unanswered market orders again', async () => {
    const kills = ['--kills', '2', '--broker-kills', '1', '--orders', '5000'];
    const { code, result } = await torture(['--seed', '3', '--naive', '--patience', '5', ...kills]);
    const names = result.differences.map(({ name }) => name);
    assert(names.includes('sent_twice') && names.includes('executed_twice'), names.join(', '));
    assert.equal(code, 1);
  });
});
