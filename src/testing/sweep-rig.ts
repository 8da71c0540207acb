import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseValueSpec } from '../backtest/sweep/grid.ts';
import {
  runSweep,
  type SweepProgress,
  type SweepRequest,
  type SweepResult,
} from '../backtest/sweep/run-sweep.ts';

/**
 * Turns its position at every `every`th quote; does what `mode` says at its tenth. Parameters that
 * are not known are dropped, as schemas may do.
 */
const STRATEGY = `
const modes = {
  throw: () => { throw new Error('I have no idea'); },
  exit: () => process.exit(7),
  hoard: () => { for (const all = []; ; ) all.push(new Array(10_000).fill(all.length)); },
};
function safeParse(data) {
  const { every = 50, units = 1000, mode = 'calm', least = 0, share = 0.5 } = data;
  const issue = (name, message) => {
    return { success: false, error: { issues: [{ path: [name], message }] } };
  };
  if (typeof every !== 'number') return issue('every', 'is not a number');
  if (every < least) return issue('every', 'must not be below least');
  return { success: true, data: { every, units, mode, least, share } };
}
export const strategy = {
  name: 'turning',
  version: 1,
  parameters: { safeParse },
  create(setup, { every, units, mode }) {
    const eurusd = setup.instrument('EURUSD');
    setup.quotes(eurusd);
    let seen = 0;
    return {
      onQuote(context) {
        seen += 1;
        if (seen === 10) modes[mode]?.();
        if (seen % every !== 0) return;
        const side = seen % (2 * every) === 0 ? 'sell' : 'buy';
        const quantity = units + Math.abs(context.position(eurusd));
        context.submit({ instrument: eurusd, side, type: 'market', quantity });
      },
    };
  },
};
`;

/** Quotes of so many days from Monday 2024-01-08, one in ten minutes, none at the weekend. */
function quotesOf(days: number): string {
  const start = Temporal.Instant.from('2024-01-08T00:00:00Z');
  const lines: string[] = [];
  for (let i = 0; i < days * 144; i += 1) {
    if (Math.floor(i / 144) % 7 >= 5) continue;
    const bid = 108_000 + 7 * Math.abs(50 - (i % 100)) + ((i * 7919) % 23);
    const price = (count: number): string => (count / 100_000).toFixed(5);
    lines.push(`${start.add({ minutes: 10 * i })},${price(bid)},${price(bid + 4)}`);
  }
  return `time,bid,ask\n${lines.join('\n')}\n`;
}

const FILES = {
  kind: 'files',
  from: '2024-01-08T00:00:00Z',
  to: '2024-01-20T00:00:00Z',
  sources: [
    {
      symbol: 'EURUSD',
      files: ['quotes.csv'],
      format: {
        kind: 'delimited',
        header: true,
        columns: { time: 'time', bid: 'bid', ask: 'ask' },
        time: 'iso',
      },
    },
  ],
};

const SYNTHETIC = {
  kind: 'synthetic',
  from: '2024-01-08T00:00:00Z',
  to: '2024-01-12T00:00:00Z',
  instruments: { EURUSD: { quotesPerSecond: '0.01' } },
};

/** Objects, one laid over the other. */
function laidOver(base: object, over: object): object {
  const entries = Object.entries(over).map(([key, value]) => {
    const under: unknown = Reflect.get(base, key);
    const isInner = typeof value === 'object' && !Array.isArray(value) && typeof under === 'object';
    return [key, isInner && under !== null ? laidOver(under, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}

export interface SweepAsked {
  readonly config?: string;
  readonly specs: readonly string[];
  readonly out?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SweepProgress) => void;
  readonly changes?: Partial<SweepRequest>;
}

/** A folder with a strategy, quotes and configurations to sweep over. */
export class SweepFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'tiyf-sweep-'));
  #outs = 0;

  constructor(days = 12) {
    this.write('turning.mjs', STRATEGY);
    this.write('quotes.csv', quotesOf(days));
    this.config('files.json', { market: FILES });
    this.config('synthetic.json', { market: SYNTHETIC });
  }

  at(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.at(name), text);
    return this.at(name);
  }

  /** Writes a configuration; `changes` are laid over a market of files. */
  config(name: string, changes: object, parameters: object = {}): string {
    const strategy = {
      id: 'turn',
      module: './turning.mjs',
      instruments: ['EURUSD'],
      parameters: { every: 50, ...parameters },
    };
    const base = {
      id: 'test',
      account: { currency: 'USD', balance: '10000' },
      instruments: { use: ['EURUSD'] },
      strategies: [strategy],
    };
    const isSynthetic = JSON.stringify(changes).includes('synthetic');
    const market = { market: isSynthetic ? SYNTHETIC : FILES };
    return this.write(name, JSON.stringify(laidOver({ ...base, ...market }, changes)));
  }

  /** Runs a sweep in this process; without `out` in a directory of its own. */
  async sweep({
    config,
    specs,
    out,
    signal,
    onProgress,
    changes,
  }: SweepAsked): Promise<SweepResult> {
    this.#outs += 1;
    const request: SweepRequest = {
      config: this.at(config ?? 'files.json'),
      specs: specs.map(parseValueSpec),
      random: undefined,
      walkForward: undefined,
      objective: 'net-profit',
      workers: 1,
      memoryMb: 100,
      heapMb: 64,
      directory: this.at(out ?? `out-${this.#outs}`),
      overwrite: false,
      ...changes,
    };
    return await runSweep(request, {
      signal: signal ?? new AbortController().signal,
      reading: () => undefined,
      begin: () => undefined,
      progress: onProgress ?? (() => undefined),
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
