import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TemporaryFolder } from '../testing/quote-files.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../examples/ema-cross/live.jsonc', import.meta.url));
const READ = 'a-secret-of-readers-4711';
const CONTROL = 'a-secret-of-operators-0815';
const SECRETS = { TIYF_READ_TOKEN: READ, TIYF_CONTROL_TOKEN: CONTROL };
const WHO = ['--by', 'ann', '--reason', 'a test'];

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

type Env = Readonly<Record<string, string>>;

function start(words: readonly string[], env: Env): ChildProcess {
  const argv = ['--conditions=tiyf-source', MAIN, ...words];
  const { PATH = '' } = process.env;
  return spawn(process.execPath, argv, {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function tiyf(words: readonly string[], env: Env = {}): Promise<Ended> {
  const child = start(words, env);
  const { stdout, stderr } = child;
  assert(stdout !== null && stderr !== null);
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')]);
  return { code, out, err };
}

/** An engine in a process of its own. */
class Running {
  readonly url: string;
  readonly child: ChildProcess;
  readonly log: Promise<string>;

  private constructor(url: string, child: ChildProcess, log: Promise<string>) {
    this.url = url;
    this.child = child;
    this.log = log;
  }

  static async on(data: string, env: Env = {}): Promise<Running> {
    const words = ['run', '--config', CONFIG, '--data', data, '--port', '0', '--speed', '60'];
    const child = start(words, env);
    assert(child.stdout !== null && child.stderr !== null);
    const log = text(child.stderr);
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    return new Running(chunk.toString().trim(), child, log);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<[number | null, string | null]> {
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    return (await exited) as [number | null, string | null];
  }
}

describe('commands on a running engine', { concurrency: 2 }, () => {
  let folder: TemporaryFolder;
  const engines: Running[] = [];
  before(() => {
    folder = new TemporaryFolder();
  });
  after(() => {
    for (const { child } of engines) child.kill('SIGKILL');
    folder[Symbol.dispose]();
  });

  async function run(data: string, env: Env = {}): Promise<Running> {
    const engine = await Running.on(data, env);
    engines.push(engine);
    return engine;
  }

  test('kill, status, resume, flatten and resolve do what they say, by the token in the directory', async () => {
    const data = folder.join('controls');
    const engine = await run(data);
    const at = ['--data', data];
    assert.equal(statSync(`${data}/control.token`).mode & 0o777, 0o600);
    assert.match((await tiyf(['status', ...at])).out, /^active/);
    const nobody = await tiyf(['kill', ...at, '--by', ' ', '--reason', 'x']);
    assert.equal(nobody.code, 2, nobody.err);
    const killed = await tiyf(['kill', ...at, ...WHO, '--json']);
    assert.equal(killed.code, 0, killed.err);
    assert.equal(JSON.parse(killed.out).tradingState, 'exit_only');
    const monitor = await tiyf(['monitor', ...at]);
    assert.equal(monitor.code, 4);
    assert.match(
      monitor.out,
      /^verdict=exit_only state=exit_only connected=true .*config_hash=sha256:/,
    );
    const over = await tiyf(['resume', ...at, ...WHO, '--override', '72h']);
    assert.deepEqual([over.code, over.out], [1, '']);
    assert.match(over.err, /refused: .* \[override_too_long\]/);
    const peak = await tiyf(['resume', ...at, ...WHO, '--new-peak']);
    assert.equal(peak.code, 1);
    assert.match(peak.err, /\[no_drawdown\]/);
    const enabled = await tiyf(['strategy', 'enable', 'nobody', ...at, ...WHO]);
    assert.equal(enabled.code, 1);
    assert.match(enabled.err, /\[strategy_unknown\]/);
    assert.equal((await tiyf(['resume', ...at, ...WHO])).code, 0);
    assert.equal((await tiyf(['monitor', ...at])).code, 0);
    assert.equal((await tiyf(['flatten', ...at, ...WHO])).code, 0);
    const words = ['order', 'resolve', '99999', ...at, ...WHO, '--as', 'not-placed'];
    const resolved = await tiyf(words);
    assert.equal(resolved.code, 1);
    assert.match(resolved.err, /\[order_unknown\]/);
    assert.deepEqual(await engine.end(), [0, null]);
    assert(!existsSync(`${data}/control.token`) && !existsSync(`${data}/host.json`));
    assert.equal((await tiyf(['status', ...at])).code, 4, 'no engine answers');
  });

  test('a kill with no engine running is found at the next start, journaled, and then gone', async () => {
    const data = folder.join('latched');
    mkdirSync(data);
    const left = await tiyf(['kill', '--data', data, ...WHO, '--halt']);
    assert.equal(left.code, 0, left.err);
    assert.match(left.out, /no engine runs; kill.latch is left/);
    const engine = await run(data);
    const status = JSON.parse((await tiyf(['status', '--data', data, '--json'])).out);
    assert.deepEqual([status.tradingState, status.by, status.reason], ['halted', 'ann', 'a test']);
    assert(!existsSync(`${data}/kill.latch`));
    await engine.end('SIGKILL');
    const again = await run(data);
    assert.match((await tiyf(['status', '--data', data])).out, /^halted by ann/);
    assert.deepEqual(await again.end(), [0, null]);
    assert.equal((await tiyf(['kill', '--data', folder.join('none'), ...WHO])).code, 2);
  });

  test('a file made by hand and SIGUSR2 stop a running engine', async () => {
    const data = folder.join('by-hand');
    const engine = await run(data);
    const state = async (): Promise<string> => (await tiyf(['status', '--data', data])).out;
    writeFileSync(`${data}/kill.latch`, '');
    await sleep(500);
    assert.match(await state(), /^exit_only by file/);
    assert.equal((await tiyf(['resume', '--data', data, ...WHO])).code, 0);
    engine.child.kill('SIGUSR2');
    await sleep(200);
    assert.match(await state(), /^exit_only by signal: SIGUSR2/);
    // A second signal ends it at once; the journal is whole, and the next start says so.
    engine.child.kill('SIGSTOP');
    engine.child.kill('SIGTERM');
    engine.child.kill('SIGCONT');
    await engine.end('SIGTERM');
    assert.equal((await tiyf(['journal', 'verify', '--data', data])).code, 0);
  });

  test('no token shows in a log, an answer, an error or a file of the engine', async () => {
    const data = folder.join('secrets');
    const engine = await run(data, SECRETS);
    assert(!existsSync(`${data}/control.token`), 'the environment has one');
    const shown: string[] = [];
    const ask = async (path: string, init: RequestInit = {}): Promise<number> => {
      const answer = await fetch(`${engine.url}${path}`, init);
      shown.push(await answer.text(), JSON.stringify([...answer.headers]));
      return answer.status;
    };
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const json = { 'content-type': 'application/json' };
    for (const path of [
      '/health',
      '/ready',
      '/metrics',
      '/api/v1/status',
      '/api/v1/openapi.json',
    ]) {
      await ask(path);
      await ask(path, { headers: bearer(READ) });
      await ask(path, { headers: bearer(`${CONTROL}x`) });
    }
    const body = JSON.stringify({ by: CONTROL.slice(0, 4), reason: 'x' });
    const kill = { method: 'POST', body };
    assert.equal(
      await ask('/api/v1/kill', { ...kill, headers: { ...json, ...bearer(READ) } }),
      403,
    );
    assert.equal(await ask('/api/v1/kill', { ...kill, headers: json }), 401);
    assert.equal(
      await ask('/api/v1/kill', { ...kill, body: '{', headers: { ...json, ...bearer(CONTROL) } }),
      400,
    );
    const none = await tiyf(['kill', '--data', data, ...WHO]);
    assert.equal(none.code, 2, 'no token in its environment');
    const done = await tiyf(['kill', '--data', data, ...WHO], SECRETS);
    assert.equal(done.code, 0, done.err);
    const byUrl = await tiyf(['resume', '--url', engine.url, ...WHO], SECRETS);
    assert.equal(byUrl.code, 0, byUrl.err);
    const health = await fetch(`${engine.url}/health`, { headers: bearer(READ) });
    const told = (await health.json()) as { tokens: object };
    assert.deepEqual(told.tokens, { read: 'env', control: 'env' });
    shown.push(JSON.stringify(told), none.out, none.err, done.out, done.err, byUrl.out, byUrl.err);
    assert.deepEqual(await engine.end(), [0, null]);
    shown.push(await engine.log);
    const files = readdirSync(data, { recursive: true, encoding: 'utf8', withFileTypes: true });
    for (const file of files.filter((one) => one.isFile())) {
      shown.push(readFileSync(`${file.parentPath}/${file.name}`, 'latin1'));
    }
    assert(shown.length > 30);
    for (const said of shown) assert(!said.includes(READ) && !said.includes(CONTROL), said);
  });

  test('beyond loopback it does not listen without both tokens', async () => {
    const config = folder.join('open.jsonc');
    const examples = CONFIG.replace('live.jsonc', '');
    const opened = readFileSync(CONFIG, 'utf8').replace('"./', `"${examples}`);
    writeFileSync(config, opened.replace('"run": {', '"run": { "host": "0.0.0.0",'));
    for (const env of [{}, { TIYF_READ_TOKEN: READ }, { ...SECRETS, TIYF_READ_TOKEN: 'short' }]) {
      const refused = await tiyf(['run', '--config', config, '--data', folder.join('open')], env);
      assert.equal(refused.code, 2, refused.err);
      assert.match(refused.err, /TIYF_(READ|CONTROL)_TOKEN .*\[HOST_REFUSED\]/);
    }
  });
});
