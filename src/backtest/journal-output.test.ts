import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { assemble } from '../config/assemble.ts';
import { loadConfig } from '../config/load.ts';
import { readFrames } from '../journal/group.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { readFrame } from '../journal/read-frame.ts';
import { verifyJournal } from '../journal/read-journal.ts';
import { walkSegments } from '../journal/segment-files.ts';
import { Decoder } from '../model/codec.ts';
import { InputKind } from '../model/inputs.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { runBacktest } from './run-backtest.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/ema-cross/config.jsonc');
/** An hour and a half of the example's market: enough to trade. */
const END = { path: ['market', 'to'], value: '2024-01-08T01:30:00Z' };

async function run(path: string) {
  const assembly = await assemble(loadConfig(EXAMPLE, [END]), 'backtest');
  const { summary } = await runBacktest(assembly, { journal: { path, overwrite: false } });
  return summary;
}

/** SHA-256 of all decided records of a journal, and how many rows of the tape its ranges name. */
function readBack(directory: string): { readonly hash: string; readonly rows: number } {
  const hash = createHash('sha256');
  let rows = 0;
  const take = (group: Uint8Array, header: Parameters<typeof readFrames>[1]): void => {
    readFrames(group, header, (_number, bytes, from, to) => {
      const body = bytes.subarray(from, to);
      const frame = readFrame(new Decoder(body));
      if (frame.what === 'record') hash.update(body);
      else if (frame.input.kind === InputKind.quotes) {
        assert.equal(frame.input.firstRow, rows, 'ranges follow each other');
        rows += frame.input.rows;
      }
    });
  };
  walkSegments(new LocalDisk(), directory, { from: 1, digests: true, take });
  return { hash: hash.digest('hex'), rows };
}

suite('the journal of a backtest', () => {
  test('holds each decided record, names each quote, and is the same to the byte in the next run', async () => {
    using folder = new TemporaryFolder();
    const [first, second] = [folder.join('a'), folder.join('b')];
    const summary = await run(first);
    const back = readBack(first);
    assert.equal(`sha256:${back.hash}`, summary.recordsHash);
    assert.equal(back.rows, summary.quotes);
    assert.ok(summary.orders > 0, 'orders were sent');
    assert.equal((await run(second)).stateHash, summary.stateHash);
    for (const name of readdirSync(first)) {
      assert.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name);
    }
    assert.equal(verifyJournal(new LocalDisk(), first).strayBytes, 0);
  });
});
