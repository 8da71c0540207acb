import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { assemble } from '../config/assemble.ts';
import { loadConfig } from '../config/load.ts';
import { Side } from '../model/order.ts';
import { type FillBookedRecord, type KernelRecord, RecordKind } from '../model/records.ts';
import { runBacktest } from './run-backtest.ts';

const START = Date.UTC(2024, 0, 9, 10);
const QUOTES = 3000;

/** Turns its position with a stop and a target at every 40th quote, and takes bars in. */
const STRATEGY = `
export const strategy = {
  name: 'turning',
  version: 1,
  parameters: { safeParse: (data) => ({ success: true, data }) },
  create(setup) {
    const eurusd = setup.instrument('EURUSD');
    setup.quotes(eurusd);
    setup.bars(eurusd, '1m', 'mid');
    let seen = 0;
    return {
      onBar(context, bar) {
        const { open, high, low, close } = bar;
        if (high < Math.max(open, close) || low > Math.min(open, close)) throw new Error('bar');
      },
      onQuote(context) {
        seen += 1;
        if (seen % 40 !== 0) return;
        const side = seen % 80 === 0 ? 'sell' : 'buy';
        const quantity = 1000 + Math.abs(context.position(eurusd));
        context.submit({ instrument: eurusd, side, type: 'market', quantity });
      },
    };
  },
};
`;

/** Bid and ask of a quote: every seventh is crossed by three. */
function quoteAt(at: number): readonly [number, number] {
  const bid = 108_000 + 3 * Math.abs(40 - (at % 80));
  return [bid, at % 7 === 0 ? bid - 3 : bid + 10];
}

class Fills {
  readonly found: FillBookedRecord['fill'][] = [];

  record(record: KernelRecord): void {
    if (record.kind === RecordKind.fillBooked) this.found.push({ ...record.fill });
  }
}

async function run(crossed: 'keep' | 'clamp') {
  const directory = mkdtempSync(join(tmpdir(), 'tiyf-crossed-'));
  try {
    const rows = Array.from({ length: QUOTES }, (_, at) => {
      const [bid, ask] = quoteAt(at).map((count) => (count / 100_000).toFixed(5));
      return `${START + at * 1000},${bid},${ask}\n`;
    });
    writeFileSync(join(directory, 'quotes.csv'), rows.join(''));
    writeFileSync(join(directory, 'strategy.mjs'), STRATEGY);
    const format = {
      kind: 'delimited',
      header: false,
      columns: { time: 1, bid: 2, ask: 3 },
      time: 'epoch_ms',
    };
    const config = {
      id: 'crossed',
      account: { currency: 'USD', balance: '10000' },
      instruments: { use: ['EURUSD'] },
      market: {
        kind: 'files',
        sources: [{ symbol: 'EURUSD', files: ['quotes.csv'], format }],
        badRows: { policy: { crossed } },
      },
      strategies: [
        { id: 'turn', module: './strategy.mjs', instruments: ['EURUSD'], parameters: {} },
      ],
    };
    const file = join(directory, 'config.json');
    writeFileSync(file, JSON.stringify(config));
    const fills = new Fills();
    const assembly = await assemble(loadConfig(file), 'backtest');
    const { summary } = await runBacktest(assembly, { sinks: [fills] });
    return { summary, fills: fills.found };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

suite('crossed quotes', () => {
  test('that are kept are traded as they are: at the ask and at the bid, and the books tie out', async () => {
    const { summary, fills } = await run('keep');
    const [file] = summary.files;
    assert.deepEqual([file?.crossedKept, file?.crossedClamped], [Math.ceil(QUOTES / 7), 0]);
    assert(fills.length > 50);
    let onCrossed = 0;
    for (const { side, price, venueTime: time } of fills) {
      const at = Math.floor((time / 1000 - START) / 1000);
      const [bid, ask] = quoteAt(at);
      assert.equal(price, side === Side.buy ? ask : bid);
      if (bid > ask) onCrossed += 1;
    }
    assert(onCrossed > 5);
    assert.deepEqual(summary.alerts, {});
    const money = (text: string): number => Math.round(Number(text) * 1e6);
    assert.equal(
      money(summary.endingBalance),
      money('10000') + money(summary.realizedPnl) - money(summary.commission),
    );
  });

  test('that are clamped have no spread, and never a wider one', async () => {
    const { summary, fills } = await run('clamp');
    assert.equal(summary.files[0]?.crossedClamped, Math.ceil(QUOTES / 7));
    for (const { side, price, venueTime: time } of fills) {
      const [bid, ask] = quoteAt(Math.floor((time / 1000 - START) / 1000));
      const middle = Math.ceil((bid + ask) / 2);
      assert.equal(price, bid > ask ? middle : side === Side.buy ? ask : bid);
    }
  });
});
