import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { LocalDisk } from '../journal/local-disk.ts';
import { verifyJournal } from '../journal/read-journal.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { NO_STRACE, straced } from '../testing/strace.ts';

const MAIN = join(import.meta.dirname, '../cli/main.ts');
const CONFIG = join(import.meta.dirname, '../../examples/ema-cross/live.jsonc');

/** Beyond the calls by which directory, first segment and first snapshot are made. */
const NTH = 40;

function words(data: string): readonly string[] {
  const run = ['run', '--config', CONFIG, '--data', data, '--port', '0', '--speed', '200'];
  return ['--conditions=tiyf-source', MAIN, ...run];
}

interface HealthAnswer {
  readonly tradingState: string;
  readonly lastStop?: { readonly clean: boolean; readonly reason: string };
}

/** Starts the engine again on the directory, asks how it is, and stops it. */
async function healthOfNextLife(data: string): Promise<HealthAnswer> {
  const child = spawn(process.execPath, words(data), { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [url] = (await once(child.stdout, 'data')) as [Buffer];
    const answer = await fetch(`${url.toString().trim()}/health`);
    return (await answer.json()) as HealthAnswer;
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}

suite('a running engine whose disk fails', { skip: NO_STRACE }, () => {
  test('ends with exit 70 and says why, writes nothing more, and next time takes no new risk', async () => {
    using folder = new TemporaryFolder();
    const data = folder.join('data');
    const log = folder.join('strace');
    const { status, stderr } = straced(log, `fdatasync:error=EIO:when=${NTH}`, words(data));
    assert.equal(status, 70, stderr);
    assert.match(
      stderr,
      /(append|prepare): EIO: .*; nothing further is written \[JOURNAL_FAILED\]/,
    );
    const stop = JSON.parse(readFileSync(join(data, 'last-stop.json'), 'utf8'));
    assert.equal(stop.clean, false);
    assert.match(stop.reason, /(append|prepare): EIO/);
    const calls = readFileSync(log, 'utf8').split('\n');
    const at = calls.findIndex((line) => line.includes('(INJECTED)'));
    const writes = calls.slice(at + 1).filter((line) => line.includes('pwrite64('));
    // How it ended is noted beside the journal.
    assert.equal(writes.length, 1);
    assert.match(writes[0] ?? '', /\{\\"clean\\":false/);
    const { frames } = verifyJournal(new LocalDisk(), data);
    assert.ok(frames > 0);
    const health = await healthOfNextLife(data);
    assert.equal(health.tradingState, 'exit_only');
    assert.equal(health.lastStop?.clean, false);
    assert.match(health.lastStop?.reason ?? '', /EIO/);
    const after = verifyJournal(new LocalDisk(), data);
    assert.ok(after.frames > frames && after.strayBytes === 0);
  });
});
