import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type RigReading, type RigSource, readThrough } from '../../testing/cache-rig.ts';
import {
  allRows,
  blockOf,
  priced,
  type QuoteRow,
  TemporaryFolder,
} from '../../testing/quote-files.ts';
import { COLUMN_FILE_VERSION, ColumnFileError, ColumnFileReader } from '../columns/column-file.ts';
import { DataError } from '../data-error.ts';
import { dataVersion } from '../data-version.ts';
import { mergeQuotes } from '../merge.ts';

function tape(times: readonly number[], k: number, sized: boolean): QuoteRow[] {
  return times
    .toSorted((a, b) => a - b)
    .map((time, at) => [time, k, 100 + at, 102 + at, sized ? at : 0, sized ? 1 : 0]);
}

/** Times are few, so that many are equal. */
const times = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 30 });
const markets = fc.array(fc.tuple(times, fc.boolean(), fc.integer({ min: 1, max: 9 })), {
  minLength: 1,
  maxLength: 5,
});

async function* blocks(rows: readonly QuoteRow[]) {
  if (rows.length > 0) yield blockOf(rows);
}

function entries(folder: TemporaryFolder): string[] {
  return readdirSync(folder.path)
    .filter((name) => /^[0-9a-f]{64}\./.test(name))
    .map((name) => folder.join(name));
}

function readBlocks(file: string, kind: string, key: string): void {
  using reader = ColumnFileReader.open(file, kind, key);
  for (let block = 0; block < (reader?.blocks ?? 0); block += 1) reader?.read(block);
}

function sameAs(source: RigReading, { rows, dataVersion: version, reports }: RigReading): void {
  assert.equal(rows.length, source.rows.length);
  // A comparison of all rows at once would take minutes to show where they differ.
  const other = rows.findIndex((row, at) => row.join() !== source.rows[at]?.join());
  assert.equal(other, -1, `row ${other}: ${rows[other]?.join()}`);
  assert.equal(version, source.dataVersion);
  assert.deepEqual(reports, source.reports);
}

const LONG = Array.from({ length: 150_000 }, (_, i): QuoteRow => [i * 1000, 0, i % 97, 100, 0, 0]);
const PAIR: RigSource[] = [0, 1].map((k) => ({ rows: tape([1, 2, 2, 3, 5, 8], k, k === 1) }));

describe('a market from the cache', () => {
  test('is the merge of its streams, with the same data version and reports as from the files', async () => {
    await fc.assert(
      fc.asyncProperty(markets, async (list) => {
        using folder = new TemporaryFolder();
        const sources = list.map(([at, sized, blockRows], k) => ({
          rows: tape(at, k, sized),
          blockRows,
        }));
        const merged = await allRows(mergeQuotes(sources.map(({ rows }) => blocks(rows))));
        const plain = await readThrough(undefined, sources);
        const built = await readThrough(folder.path, sources);
        const cached = await readThrough(folder.path, sources);
        assert.deepEqual(plain.rows, merged);
        sameAs(plain, built);
        sameAs(plain, cached);
        assert.deepEqual([built.opened, cached.opened], [list.length, 0]);
        assert.deepEqual([...built.said, ...cached.said], []);
      }),
      { numRuns: 30 },
    );
  });

  test('goes through several blocks of every stream', async () => {
    using folder = new TemporaryFolder();
    const two = [{ rows: LONG }, { rows: LONG.map(([time]): QuoteRow => [time, 1, 5, 6, 2, 3]) }];
    await readThrough(folder.path, two);
    const again = await readThrough(folder.path, two);
    assert.equal(again.opened, 0);
    sameAs(await readThrough(undefined, two), again);
  });

  test('has the data version of the columns, whichever way they came', async () => {
    using folder = new TemporaryFolder();
    const [source] = PAIR;
    const { rows = [] } = source ?? {};
    const first = await readThrough(folder.path, [{ rows }]);
    const stated = await dataVersion([priced('XAAUSD', '0.00001')], blocks(rows));
    assert.equal(first.dataVersion, stated);
    assert.equal((await readThrough(folder.path, [{ rows }])).dataVersion, stated);
  });

  test('with any byte wrong, or cut anywhere, is rebuilt, said, and never used', async () => {
    using folder = new TemporaryFolder();
    const good = await readThrough(folder.path, PAIR);
    const files = entries(folder);
    assert.equal(files.length, 3);
    for (const file of files) {
      const bytes = readFileSync(file);
      const [key = '', kind = ''] = basename(file).split('.');
      for (let at = 0; at < bytes.length; at += 1) {
        const bad = Buffer.from(bytes);
        bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
        writeFileSync(file, bad);
        assert.throws(() => readBlocks(file, kind, key), ColumnFileError);
        if (at % 3 === 1) truncateSync(file, at);
        assert.throws(() => readBlocks(file, kind, key), ColumnFileError);
        // To build it anew waits for the disk: at some of the places.
        if (at % 41 !== 0) continue;
        const read = await readThrough(folder.path, PAIR);
        sameAs(good, read);
        assert.equal(read.said.length, 1, `byte ${at}: ${read.said.join()}`);
        assert.match(read.said.join(), /not used and made anew/);
        assert.deepEqual(readFileSync(file), bytes);
      }
    }
  });

  test('of which a later block is damaged goes on from the files, with equal rows', async () => {
    using folder = new TemporaryFolder();
    for (const sources of [[{ rows: LONG }], [{ rows: LONG }, ...PAIR.slice(1)]]) {
      const good = await readThrough(folder.path, sources);
      const file = entries(folder)
        .filter((name) => name.endsWith('.quotes'))
        .toSorted((a, b) => readFileSync(b).length - readFileSync(a).length)[0];
      const bytes = readFileSync(file ?? '');
      const bad = Buffer.from(bytes);
      const middle = Math.floor(bad.length / 2);
      bad[middle] = (bad[middle] ?? 0) ^ 255;
      writeFileSync(file ?? '', bad);
      const read = await readThrough(folder.path, sources);
      sameAs(good, read);
      assert.equal(read.opened, 1);
      assert.match(read.said.join(), /its block 1 is damaged/);
      assert.deepEqual(readFileSync(file ?? ''), bytes);
    }
  });

  test('of another version is built anew', async () => {
    using folder = new TemporaryFolder();
    const good = await readThrough(folder.path, PAIR);
    for (const file of entries(folder)) {
      const bytes = readFileSync(file);
      bytes.writeUInt32LE(COLUMN_FILE_VERSION + 1, 8);
      writeFileSync(file, bytes);
    }
    const read = await readThrough(folder.path, PAIR);
    sameAs(good, read);
    assert.equal(read.opened, 2);
    assert.match(read.said.join(), /of another version/);
  });

  test('is kept only when all of a source was read, and the files did not change meanwhile', async () => {
    using folder = new TemporaryFolder();
    const fails = new DataError('DATA_BAD_ROW', 'crossed', { file: 'x.csv' });
    const rows = tape([1, 2], 0, false);
    await assert.rejects(readThrough(folder.path, [{ rows, fails }, ...PAIR.slice(1)]), fails);
    assert.deepEqual(readdirSync(folder.path), []);
    const changed = await readThrough(folder.path, [{ rows, changed: true }, ...PAIR.slice(1)]);
    assert.match(changed.said.join(), /changed while they were read: not cached/);
    // The other stream stands for itself; the order does not.
    assert.deepEqual(
      entries(folder).map((name) => name.replace(/^.*\./, '')),
      ['quotes'],
    );
    const stop = new Error('enough');
    const two = [{ rows: LONG }, { rows: LONG }];
    using other = new TemporaryFolder();
    const onBlock = (): void => {
      throw stop;
    };
    await assert.rejects(readThrough(other.path, two, {}, onBlock), stop);
    assert.deepEqual(readdirSync(other.path), []);
  });
});
