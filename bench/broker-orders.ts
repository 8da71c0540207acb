import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { StrategyContext } from '../src/kernel/strategy/api.ts';
import { present } from '../src/model/assert.ts';
import { TradingState } from '../src/model/gate.ts';
import { ALERT_SEVERITIES } from '../src/model/records.ts';
import type { InstrumentIndex, Quantity } from '../src/model/units.ts';
import { BrokerEngine } from '../src/runtime/broker-engine.ts';
import { systemClock } from '../src/runtime/pacer.ts';
import { testConfigs, testInstrument } from '../src/testing/builders.ts';
import { configuredOf } from '../src/testing/embedded-rig.ts';
import { strategyOf } from '../src/testing/puppet.ts';
import { oandaCapabilities } from '../src/venues/oanda/capabilities.ts';
import { createOandaAdapter } from '../src/venues/oanda/create.ts';
import { BareFile, quantile } from './bare-file.ts';
import type { Figures } from './fresh-process.ts';

/**
 * Orders over real sockets: an engine in this process, `tiyf broker` in one of its own. See
 * `bench/main.ts`.
 */

const SYMBOLS = ['EURUSD', 'GBPUSD'] as const;
const ACCOUNT = '101-001-1234567-001';
const TOKEN_ENV = 'TIYF_BROKER_TOKEN';
const TOKEN = 'bench-token';
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const US_PER_MS = 1000;

/** The broker's process, until it is disposed of. */
async function startBroker(directory: string, quotesPerSecond: number) {
  const config = join(directory, 'broker.jsonc');
  const spec = { quotesPerSecond: String(quotesPerSecond) };
  const market = { kind: 'synthetic', alwaysOpen: true, instruments: {} as Record<string, object> };
  for (const symbol of SYMBOLS) market.instruments[symbol] = spec;
  const text = JSON.stringify({
    account: { currency: 'USD', balance: '1000000' },
    instruments: { use: SYMBOLS },
    market,
    server: { port: 0, token: TOKEN_ENV, dataDirectory: './broker', priceInterval: '1ms' },
  });
  writeFileSync(config, text);
  const argv = ['--conditions=tiyf-source', MAIN, 'broker', '--config', config, '--no-cache'];
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, [TOKEN_ENV]: TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const url of createInterface({ input: child.stdout })) {
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    };
    return { url, stop };
  }
  throw new Error('the broker did not start');
}

/** An engine at the broker, whose strategy does at each quote what the scenario says. */
function openEngine(
  directory: string,
  url: string,
  onQuote: (context: StrategyContext, k: InstrumentIndex) => void,
): BrokerEngine {
  const instruments = SYMBOLS.map((symbol) => testInstrument(symbol));
  const definition = strategyOf((setup) => {
    for (const symbol of SYMBOLS) setup.quotes(setup.instrument(symbol));
    return { onQuote: (context, { instrument }) => onQuote(context, instrument) };
  });
  const { kernel } = testConfigs({
    instruments,
    strategies: [{ id: 'bench', definition, parameters: {} }],
    account: { costBasis: 'lots' },
    kernel: { venue: oandaCapabilities() },
  });
  return new BrokerEngine({
    directory: join(directory, 'engine'),
    kernel,
    configured: configuredOf('bench', '1'),
    binding: { venue: 'oanda', environment: 'practice', account: ACCOUNT, currency: 'USD' },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    sinks: [],
    prefix: 'BENCH',
    nonce: 'aaaaaaaaaa',
    tradingState: TradingState.active,
    restored: false,
    alerts: {
      alert: (severity, key, text) => {
        if (severity > 0) process.stderr.write(`${ALERT_SEVERITIES[severity]} ${key}: ${text}\n`);
      },
    },
    clock: systemClock,
    clockJumpMaxUs: 1_000_000,
    quoteAgeMaxUs: 60_000_000,
    gapMinUs: 60_000_000,
    connect: (timers) =>
      createOandaAdapter({
        hosts: { rest: url, stream: url },
        token: TOKEN,
        tokenEnv: TOKEN_ENV,
        timers,
        instruments,
        account: { id: ACCOUNT, currency: 'USD', decimals: kernel.account.decimals },
        rate: { perSecond: 5000, burst: 1000, reserve: 10, connections: 8 },
        describe: ({ number }) => String(number),
      }),
  });
}

async function inDirectory<T>(act: (directory: string) => Promise<T>): Promise<T> {
  const base = process.env['TIYF_BENCH_DIRECTORY'] ?? tmpdir();
  const directory = mkdtempSync(join(base, 'tiyf-bench-'));
  try {
    return await act(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** When what a socket wrote last was with the system, and how much that was. */
class WriteWatch {
  port = 0;
  at = 0;
  bytes = 0;

  constructor() {
    const watch = this;
    const write = Reflect.get(Socket.prototype, '_writeGeneric');
    Reflect.set(Socket.prototype, '_writeGeneric', function (this: Socket, ...call: unknown[]) {
      const before = Number(Reflect.get(this, '_bytesDispatched'));
      const result: unknown = Reflect.apply(write, this, call);
      if (this.remotePort === watch.port) {
        watch.at = performance.now();
        watch.bytes = Number(Reflect.get(this, '_bytesDispatched')) - before;
      }
      return result;
    });
  }
}

/** Takes what comes, and says nothing. */
async function openSink(): Promise<{ readonly server: Server; readonly socket: Socket }> {
  const server = createServer((socket) => socket.resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = new Socket();
  socket.setNoDelay(true);
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return { server, socket };
}

const ORDERS = 2000;
const WARM_UP = 300;

/**
 * From the decision to the last byte of its order in the socket, its intent durable before; beside
 * it, in turns, a bare write, sync and socket write of as many bytes.
 */
export async function orderToWire(): Promise<Figures> {
  return inDirectory(async (directory) => {
    const broker = await startBroker(directory, 200);
    const watch = new WriteWatch();
    const bare = new BareFile(join(directory, 'floor'));
    const { server, socket } = await openSink();
    const ours: number[] = [];
    const floor: number[] = [];
    let decidedAt = 0;
    const engine = openEngine(directory, broker.url, (context, instrument) => {
      if (context.openOrders().length > 0 || decidedAt !== 0) return;
      decidedAt = performance.now();
      const side = context.position(instrument) > 0 ? 'sell' : 'buy';
      const quantity = 100 as Quantity;
      const key = String(decidedAt);
      context.submit({ instrument, type: 'market', side, quantity, key });
    });
    const measure = (): void => {
      if (decidedAt === 0 || watch.at < decidedAt) return;
      ours.push(watch.at - decidedAt);
      decidedAt = 0;
      const request = new Uint8Array(Math.max(1, watch.bytes || 600));
      watch.port = socket.remotePort ?? 0;
      const began = performance.now();
      bare.timed(new Uint8Array(4096));
      socket.write(request);
      floor.push(watch.at - began);
      watch.port = Number(new URL(broker.url).port);
    };
    watch.port = Number(new URL(broker.url).port);
    await engine.start();
    while (ours.length < ORDERS + WARM_UP) {
      await engine.pump();
      measure();
      await sleep(1);
    }
    engine.stop('done');
    engine[Symbol.dispose]();
    socket.destroy();
    server.close();
    bare.close();
    await broker.stop();
    const [mine, least] = [ours.slice(WARM_UP), floor.slice(WARM_UP)];
    return {
      p50Us: quantile(mine, 0.5) * US_PER_MS,
      p99Us: quantile(mine, 0.99) * US_PER_MS,
      ratio50: quantile(mine, 0.5) / quantile(least, 0.5),
      ratio99: quantile(mine, 0.99) / quantile(least, 0.99),
    };
  });
}

const WANTED_PER_SECOND = 200;
const SUSTAINED_S = 60;

/** At least 200 orders a second for a minute, and what memory does meanwhile, MB. */
export async function sustainedOrders(): Promise<Figures> {
  return inDirectory(async (directory) => {
    const broker = await startBroker(directory, 400);
    let sent = 0;
    let began = 0;
    const engine = openEngine(directory, broker.url, (context, instrument) => {
      if (began === 0) return;
      const due = ((performance.now() - began) / 1000) * WANTED_PER_SECOND * 1.1;
      for (let i = 0; i < 16 && sent < due; i++) {
        const side = context.position(instrument) > 0 ? 'sell' : 'buy';
        const quantity = 100 as Quantity;
        const result = context.submit({
          instrument,
          type: 'market',
          side,
          quantity,
          key: `${sent}`,
        });
        if (!result.ok) return;
        sent += 1;
      }
    });
    await engine.start();
    while (!engine.kernel.book.reconciliation.armed) {
      await engine.pump();
      await sleep(5);
    }
    began = performance.now();
    const heaps: number[] = [];
    let nextAt = began;
    while (performance.now() - began < SUSTAINED_S * 1000) {
      await engine.pump();
      if (performance.now() >= nextAt) {
        nextAt += 5000;
        globalThis.gc?.();
        heaps.push(process.memoryUsage().heapUsed / 2 ** 20);
      }
      await sleep(2);
    }
    const seconds = (performance.now() - began) / 1000;
    const { orders } = engine.kernel.book;
    const figures = {
      perSecond: orders.lastHandle / seconds,
      filled: orders.lastHandle - orders.openCount,
      openAtEnd: orders.openCount,
      heapAt10s: present(heaps[2], 'a sample'),
      heapAtEnd: present(heaps.at(-1), 'a sample'),
    };
    engine.stop('done');
    engine[Symbol.dispose]();
    await broker.stop();
    return figures;
  });
}
