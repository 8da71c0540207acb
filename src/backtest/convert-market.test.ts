import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import { DataError } from '../data/data-error.ts';
import { dataVersion } from '../data/data-version.ts';
import { openQuotes } from '../data/open-quotes.ts';
import { WRITTEN_PARQUET } from '../data/parquet-write.ts';
import { instrumentIndex } from '../model/units.ts';
import { bi5, type Tick } from '../testing/binary-files.ts';
import { priced, TemporaryFolder } from '../testing/quote-files.ts';
import { type ConversionTarget, convertMarket, WRITTEN_CSV } from './convert-market.ts';
import { OutputError } from './results/output-error.ts';

/** Two hours of one pair, and a text of another. */
function prepare(folder: TemporaryFolder, second: readonly Tick[]): string {
  mkdirSync(folder.join('in'));
  const first: readonly Tick[] = [
    [0, 110_002, 110_000, 2.06, 1],
    [70, 110_004, 110_001, 0.75, 1],
  ];
  writeFileSync(folder.join('in/2024020109h.bi5'), bi5(first));
  writeFileSync(folder.join('in/2024020110h.bi5'), bi5(second));
  writeFileSync(folder.join('in/pound.csv'), '1709283600000,1.2,1.3\n');
  const config = {
    id: 'convert',
    account: { currency: 'USD', balance: '1000' },
    instruments: { use: ['EURUSD', 'GBPUSD'] },
    market: {
      kind: 'files',
      sources: [
        {
          symbol: 'EURUSD',
          files: ['in/*.bi5'],
          format: { kind: 'dukascopy_bi5', path: 'YYYYZMDDHHh.bi5', decimals: 5 },
        },
        {
          symbol: 'GBPUSD',
          files: ['in/pound.csv'],
          format: {
            kind: 'delimited',
            header: false,
            columns: { time: 1, bid: 2, ask: 3 },
            time: 'epoch_ms',
          },
        },
      ],
    },
    strategies: [{ id: 'none', module: './none.ts', instruments: ['EURUSD'], parameters: {} }],
    gates: { orderSize: { max: { '*': '1' } } },
  };
  writeFileSync(folder.join('config.jsonc'), JSON.stringify(config));
  return folder.join('config.jsonc');
}

const SECOND: readonly Tick[] = [[5, 110_006, 110_003, 3, 4]];
const index = instrumentIndex(0);

suite('a conversion', () => {
  for (const to of ['parquet', 'csv'] as const satisfies readonly ConversionTarget[]) {
    test(`to ${to} is the same data when it is read back`, async () => {
      using folder = new TemporaryFolder();
      const loaded = loadConfig(prepare(folder, SECOND));
      const path = folder.join('out');
      const files = await convertMarket(loaded, { to, path, overwrite: false });
      assert.deepEqual(readdirSync(path), [`EURUSD.${to}`, `GBPUSD.${to}`]);
      assert.deepEqual(
        files.map(({ symbol, quotes, from }) => [symbol, quotes, from]),
        [
          ['EURUSD', 3, '2024-03-01T09:00:00.000000Z'],
          ['GBPUSD', 1, '2024-03-01T09:00:00.000000Z'],
        ],
      );
      const format = to === 'parquet' ? WRITTEN_PARQUET : WRITTEN_CSV;
      for (const { symbol, file, dataVersion: version } of files) {
        const instrument = priced(symbol, '0.00001');
        const source = { instrument, index, files: [`${path}/${file}`], format };
        assert.equal(await dataVersion([instrument], openQuotes(source)), version, symbol);
      }
    });
  }

  test('of one symbol writes that file alone, and another replaces it when asked to', async () => {
    using folder = new TemporaryFolder();
    const loaded = loadConfig(prepare(folder, SECOND));
    const path = folder.join('out');
    const one = { to: 'csv', symbol: 'GBPUSD', path, overwrite: false } as const;
    await convertMarket(loaded, one);
    assert.deepEqual(readdirSync(path), ['GBPUSD.csv']);
    assert.equal(
      readFileSync(`${path}/GBPUSD.csv`, 'utf8'),
      'time,bid,ask,bidSize,askSize\n1709283600000000,1.20000,1.30000,0,0\n',
    );
    await assert.rejects(convertMarket(loaded, one), OutputError);
    await convertMarket(loaded, { ...one, symbol: 'EURUSD', overwrite: true });
    assert.deepEqual(readdirSync(path), ['EURUSD.csv']);
    const onto = { ...one, path: folder.join('in'), overwrite: true };
    await assert.rejects(convertMarket(loaded, onto), /which is not a result/);
  });

  test('that fails on the way leaves nothing behind', async () => {
    using folder = new TemporaryFolder();
    const loaded = loadConfig(prepare(folder, [[5, 110_003, 110_006, 3, 4]]));
    const before = readdirSync(folder.path);
    for (const to of ['parquet', 'csv'] as const) {
      const request = { to, path: folder.join('out'), overwrite: false };
      await assert.rejects(convertMarket(loaded, request), (error) => {
        assert(error instanceof DataError);
        return error.reason === 'crossed' && error.row === 1;
      });
      assert.deepEqual(readdirSync(folder.path), before);
    }
  });
});
