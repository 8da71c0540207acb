import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { TortureResult } from '../simulation/torture/campaign.ts';

const TIYF = fileURLToPath(new URL('../../bin/tiyf', import.meta.url));
const KILLS = 5;
const ORDERS = 60;

/** Runs `tiyf torture` in a directory of its own; its exit code and what it printed. */
export async function torture(flags: readonly string[]) {
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

/** A campaign of ten kills must end with books that agree. Four of them are those of `npm test`. */
export async function holdsThroughKills(seed: number): Promise<void> {
  const kills = ['--kills', String(KILLS), '--broker-kills', String(KILLS)];
  const bounds = ['--orders', String(ORDERS), '--patience', '5', '--settle', '45'];
  const { code, result } = await torture(['--seed', String(seed), ...kills, ...bounds]);
  assert.deepEqual(result.differences, []);
  assert.equal(code, 0);
  assert(result.kills >= KILLS && result.brokerKills >= KILLS);
  assert(result.orders >= ORDERS && result.fills > 0, `${result.fills} fills`);
  assert.equal(result.account?.executions, result.fills);
  // The first lives are in the archive, but for those that a start may need.
  const { archived, withoutMarketData } = result.account;
  assert(archived > 0 && withoutMarketData > 0, `${archived} archived, ${withoutMarketData} thin`);
  for (const { order, until } of result.account.doubts) assert.notEqual(until, '', order);
}
