import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalDisk } from '../src/journal/local-disk.ts';
import { DEFAULT_SEGMENTS } from '../src/journal/segment-store.ts';
import { defineStrategy, type Quantity } from '../src/kernel/strategy/api.ts';
import type { Price } from '../src/model/units.ts';
import { BackgroundWriter } from '../src/runtime/background-writer.ts';
import type { EmbeddedEngine } from '../src/runtime/embedded-engine.ts';
import { beginEmbedded, openEmbedded, statesOf } from '../src/testing/embedded-rig.ts';
import { walkedTape } from '../src/testing/loop-rig.ts';
import type { Figures } from './fresh-process.ts';

/** Figures of a restart: a journal of a million frames rebuilt, and what a snapshot holds up. */

const FRAMES = 1_000_000;
const ORDER_EVERY = 100;
const QUOTES_A_COMMIT = 2000;

const anything = { safeParse: (value: unknown) => ({ success: true as const, data: value }) };

/** Turns a position over at one quote in a hundred. */
const turnOver = defineStrategy<unknown>({
  name: 'turn-over',
  version: 1,
  parameters: anything,
  create(setup) {
    const k = setup.instrument('EURUSD');
    let seen = 0;
    setup.quotes(k);
    return {
      onQuote: (context) => {
        seen += 1;
        if (seen % ORDER_EVERY !== 0) return;
        const side = seen % (2 * ORDER_EVERY) === 0 ? 'buy' : 'sell';
        context.submit({ instrument: k, side, type: 'market', quantity: 1000 as Quantity });
      },
      save: () => ({ seen }),
      restore: (data) => {
        seen = Number(Reflect.get(Object(data), 'seen'));
      },
    };
  },
});

async function inDirectory<T>(act: (directory: string) => Promise<T>): Promise<T> {
  const base = process.env['TIYF_BENCH_DIRECTORY'] ?? tmpdir();
  const directory = mkdtempSync(join(base, 'tiyf-bench-'));
  for (const part of ['journal', 'snapshots']) mkdirSync(join(directory, part));
  try {
    return await act(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function open(directory: string, strategy = turnOver, writer?: BackgroundWriter): EmbeddedEngine {
  const segments = { ...DEFAULT_SEGMENTS, journalId: 'bench' };
  const parts = { directory, segments, snapshotEvery: Number.POSITIVE_INFINITY };
  const written = writer === undefined ? parts : { ...parts, writer };
  return openEmbedded(new LocalDisk(), { strategy, parts: written });
}

/** Seconds to rebuild the state from a million frames with a snapshot in their middle. */
export async function recovering(): Promise<Figures> {
  return await inDirectory(async (directory) => {
    const tape = walkedTape(FRAMES, 11);
    const engine = beginEmbedded(open(directory));
    const { journal } = engine.directory;
    let [at, snapshots] = [0, 0];
    while (journal.appended < FRAMES) {
      engine.feed(tape, at, at + QUOTES_A_COMMIT);
      at += QUOTES_A_COMMIT;
      engine.directory.tend();
      if (snapshots > 0 || journal.appended < FRAMES / 2) continue;
      engine.directory.snapshot();
      snapshots += 1;
    }
    engine.commit();
    const before = JSON.stringify(statesOf(engine));
    const orders = engine.kernel.book.orders.lastHandle;
    engine.directory.close();
    const began = performance.now();
    const again = open(directory);
    const seconds = (performance.now() - began) / 1000;
    const { frames, compared } = again.directory.recovery;
    if (!compared || JSON.stringify(statesOf(again)) !== before) throw new Error('not the state');
    again.directory.close();
    return { seconds, frames, orders };
  });
}

const OPEN_ORDERS = 1000;
const KEYS = 5000;

/** Orders far from the market, of which all but a thousand are cancelled again. */
const crowd = defineStrategy<unknown>({
  name: 'crowd',
  version: 1,
  parameters: anything,
  create(setup) {
    const k = setup.instrument('EURUSD');
    setup.quotes(k);
    return {
      onQuote: (context) => {
        const open = context.openOrders();
        if (open.length > OPEN_ORDERS) {
          for (const { order } of open.slice(0, open.length - OPEN_ORDERS)) context.cancel(order);
        }
        for (let i = 0; i < 10; i++) {
          context.submit({
            instrument: k,
            side: 'buy',
            type: 'limit',
            limitPrice: 50_000 as Price,
            quantity: 1 as Quantity,
            key: `${context.time}-${i}`,
          });
        }
      },
    };
  },
});

/** Milliseconds that the loop stands still for a snapshot of 5000 keys and 1000 open orders. */
export async function snapshotStall(): Promise<Figures> {
  return await inDirectory(async (directory) => {
    const tape = walkedTape(4000, 11);
    const writer = new BackgroundWriter((error) => {
      throw error;
    });
    const engine = beginEmbedded(open(directory, crowd, writer));
    const { identity, orders } = engine.kernel.book;
    const keys = identity.orders;
    let at = 0;
    while (keys.size < KEYS || orders.openCount < OPEN_ORDERS) {
      engine.feed(tape, at, at + 1);
      at += 1;
    }
    const stalls: number[] = [];
    for (let i = 0; i < 20; i++) {
      engine.feed(tape, at, at + 1);
      at += 1;
      engine.commit();
      const began = performance.now();
      engine.directory.snapshotBehind();
      stalls.push(performance.now() - began);
      while (writer.busy) await sleep(5);
    }
    stalls.sort((a, b) => a - b);
    const [medianMs = 0, mostMs = 0] = [stalls[10], stalls[19]];
    return { medianMs, mostMs, open: orders.openCount, keys: keys.size };
  });
}
