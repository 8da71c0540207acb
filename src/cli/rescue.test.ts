import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LocalDisk } from '../journal/local-disk.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { KillLatch } from '../runtime/kill-latch.ts';
import { RESCUE_LOG } from '../runtime/rescue/rescue-log.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TOKEN = 'a-token-that-must-not-show';

/** An account with one position, until an order comes. */
class Venue {
  held = '-70';
  /** Answers to an order; the real one closes what is held. */
  fails = false;
  readonly requests: string[] = [];
  readonly server: Server = createServer((request, response) => {
    this.requests.push(`${request.method} ${request.headers.authorization}`);
    request.resume();
    request.on('end', () => {
      if (request.method === 'POST' && this.fails) {
        response.writeHead(502).end('bad gateway');
        return;
      }
      const body = request.method === 'POST' ? this.#fill() : this.#answer(request.url ?? '');
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  #fill(): object {
    this.held = '0';
    return { orderFillTransaction: { id: '2', type: 'ORDER_FILL', orderID: '1' } };
  }

  #answer(url: string): object {
    if (url.includes('/transactions/')) return { transactions: [], lastTransactionID: '1' };
    const [long, short] = [{ units: '0' }, { units: this.held }];
    const positions = [{ instrument: 'EUR_USD', long, short }];
    return { account: { id: 'A-1', orders: [], trades: [], positions }, lastTransactionID: '1' };
  }
}

describe('tiyf rescue', () => {
  const venue = new Venue();
  let url = '';
  before(async () => {
    venue.server.listen(0, '127.0.0.1');
    await once(venue.server, 'listening');
    url = `http://127.0.0.1:${(venue.server.address() as AddressInfo).port}`;
  });
  after(() => venue.server.close());

  async function tiyf(...words: readonly string[]) {
    const who = ['--by', 'ann', '--reason', 'the engine is gone', '--account', 'A-1', '--all'];
    const argv = ['--conditions=tiyf-source', MAIN, 'rescue', ...words, '--url', url, ...who];
    const child = spawn(process.execPath, argv, {
      env: { ...process.env, TIYF_BROKER_TOKEN: TOKEN },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err] = [text(child.stdout), text(child.stderr)];
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out: await out, err: await err };
  }

  it('closes, leaves a latch and a log, and shows the token to nobody but the venue', async () => {
    using folder = new TemporaryFolder();
    Object.assign(venue, { held: '-70', fails: false, requests: [] });
    const done = await tiyf('flatten', '--data', folder.path, '--yes', 'A-1');
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /done \S+R \(close short 70 EUR_USD\): filled/);
    assert.equal(venue.held, '0');
    const latch = new KillLatch(new LocalDisk(), folder.path).take();
    assert.deepEqual([latch?.tradingState, latch?.by], ['exit_only', 'ann']);
    const log = readFileSync(join(folder.path, RESCUE_LOG), 'utf8');
    const steps = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).step);
    assert.deepEqual(steps, ['begin', 'reduce', 'outcome', 'end']);
    assert(!`${log}${done.out}${done.err}`.includes(TOKEN));
    assert(venue.requests.every((one) => one.endsWith(`Bearer ${TOKEN}`)));
  });

  it('an answer that says nothing is told as unknown: exit 1, and one order went out', async () => {
    using folder = new TemporaryFolder();
    Object.assign(venue, { held: '-70', fails: true });
    venue.requests.length = 0;
    const done = await tiyf('flatten', '--data', folder.path, '--yes', 'A-1', '--json');
    assert.equal(done.code, 1, done.err);
    const { proven, items, last } = JSON.parse(done.out);
    assert.deepEqual([proven, items[0].outcome.kind], [false, 'unknown']);
    assert.equal(last.positions[0].quantity, '70');
    assert.equal(venue.requests.filter((one) => one.startsWith('POST')).length, 1);
  });

  it('does nothing while an engine runs, without its confirmation, or without a directory', async () => {
    using folder = new TemporaryFolder();
    Object.assign(venue, { held: '-70', fails: false });
    venue.requests.length = 0;
    const data = ['--data', folder.path];
    for (const [words, why] of [
      [['flatten', ...data], /--yes ACCOUNT confirms/],
      [['flatten', ...data, '--yes', 'A-2'], /nothing was done: A-2 is not the account A-1/],
      [['cancel', '--yes', 'A-1'], /--without-data/],
      [['cancel', '--data', '/nowhere/at/all', '--yes', 'A-1'], /there is no directory/],
    ] as const) {
      const refused = await tiyf(...words);
      assert.equal(refused.code, 2, refused.err);
      assert.match(refused.err, why);
    }
    using _lock = DirectoryLock.take(folder.path);
    const running = await tiyf('flatten', ...data, '--yes', 'A-1');
    assert.equal(running.code, 2);
    assert.match(running.err, /an engine runs on .* use tiyf kill .* tiyf flatten/);
    assert.equal(existsSync(join(folder.path, 'kill.latch')), false);
    assert(venue.requests.every((one) => one.startsWith('GET')));
    assert.equal(venue.held, '-70');
  });

  it('tightens a latch that was left before, and never loosens it', async () => {
    using folder = new TemporaryFolder();
    Object.assign(venue, { held: '0', fails: false });
    const latch = { tradingState: 'halted', flatten: true, by: 'bob', reason: 'before' };
    writeFileSync(join(folder.path, 'kill.latch'), JSON.stringify(latch));
    const done = await tiyf('cancel', '--data', folder.path, '--yes', 'A-1');
    assert.equal(done.code, 0, done.err);
    const found = new KillLatch(new LocalDisk(), folder.path).take();
    assert.deepEqual([found?.tradingState, found?.flatten, found?.by], ['halted', true, 'ann']);
  });
});
