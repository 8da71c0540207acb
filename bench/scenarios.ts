import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QuoteBlock } from '../src/market/quotes.ts';
import { orderToWire, sustainedOrders } from './broker-orders.ts';
import { decoding, replaying } from './columns.ts';
import { createEngine, createOrderEngine, runEngine } from './engine-loop.ts';
import { floorLoop } from './floor-loop.ts';
import type { Figures } from './fresh-process.ts';
import { gateCost } from './gates.ts';
import { journaledBacktest, turnOfMany, turnOfOne } from './journal.ts';
import { encoding } from './journal-encoding.ts';
import { recovering, snapshotStall } from './recovery.ts';
import { scrapeCost, scrapedHealth, scrapedMetrics } from './scrapes.ts';
import { randomWalkTape } from './tape.ts';

/** One scenario in this process; its figures go to stdout as JSON. See `bench/main.ts`. */

const QUOTES = 10_000_000;
const ORDER_QUOTES = 300_000;

function timed(body: () => void): number {
  const startedAt = performance.now();
  body();
  return performance.now() - startedAt;
}

function perQuote(ms: number, quotes: number): number {
  return (ms * 1e6) / quotes;
}

/** Minor collections while `body` runs. */
async function scavengesOf(body: () => void): Promise<number> {
  const MINOR = 1;
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail: unknown = Reflect.get(entry, 'detail');
      if (typeof detail !== 'object' || detail === null) continue;
      if (Reflect.get(detail, 'kind') === MINOR) count += 1;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  body();
  await sleep(50);
  observer.disconnect();
  return count;
}

/** The floor and the engine on the same tape: the floor first and last, so drift shows. */
async function againstFloor(onEveryQuote: boolean): Promise<Figures> {
  const tape = randomWalkTape(QUOTES, 8);
  const before = timed(() => void floorLoop(tape, 8, onEveryQuote));
  const engine = createEngine(8, onEveryQuote);
  let engineMs = 0;
  const scavenges = await scavengesOf(() => {
    engineMs = timed(() => void runEngine(engine, tape));
  });
  const after = timed(() => void floorLoop(tape, 8, onEveryQuote));
  const floorMs = (before + after) / 2;
  return {
    floorNs: perQuote(floorMs, QUOTES),
    engineNs: perQuote(engineMs, QUOTES),
    share: floorMs / engineMs,
    quotesPerSecond: QUOTES / (engineMs / 1000),
    orderShare: engine.kernel.book.orders.lastHandle / QUOTES,
    scavenges,
  };
}

function rateOf(instruments: number): number {
  const quotes = QUOTES / 2;
  const tape = randomWalkTape(quotes, instruments);
  const engine = createEngine(instruments, false);
  return quotes / (timed(() => void runEngine(engine, tape)) / 1000);
}

async function manyInstruments(): Promise<Figures> {
  const one = rateOf(1);
  const hundred = rateOf(100);
  return { one, hundred, share: hundred / one };
}

function orderRun(tape: QuoteBlock, every: number): { ms: number; orders: number } {
  const engine = createOrderEngine(every);
  const ms = timed(() => void runEngine(engine, tape));
  return { ms, orders: engine.kernel.book.orders.lastHandle };
}

/** What an order adds, from decision to booked fill: a run with orders less a run without. */
async function orderCost(): Promise<Figures> {
  const tape = randomWalkTape(ORDER_QUOTES, 1);
  orderRun(tape, 2);
  const without = orderRun(tape, Number.MAX_SAFE_INTEGER);
  const withOrders = orderRun(tape, 2);
  return { orderUs: ((withOrders.ms - without.ms) * 1000) / withOrders.orders };
}

const SCENARIOS: Readonly<Record<string, () => Promise<Figures>>> = {
  bars: () => againstFloor(false),
  quotes: () => againstFloor(true),
  instruments: manyInstruments,
  order: orderCost,
  gates: async () => gateCost(),
  columns: decoding,
  replay: replaying,
  encoding,
  turnOfOne,
  turnOfMany,
  journaledBacktest,
  recovering,
  snapshotStall,
  orderToWire,
  sustainedOrders,
  scrapedMetrics,
  scrapedHealth,
  scrapeCost,
};

const scenario = SCENARIOS[process.argv[2] ?? ''];
if (scenario === undefined) throw new Error(`no scenario ${process.argv[2]}`);
process.stdout.write(JSON.stringify(await scenario()));
