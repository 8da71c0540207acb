import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { openQuotes } from '../data/open-quotes.ts';
import { instrumentIndex } from '../model/units.ts';
import { BAR_SETS } from '../testing/sample-bar-sets.ts';
import { instrumentOf, type SampleSet, TICK_SETS } from '../testing/sample-sets.ts';
import { marketSchema } from './market-schema.ts';
import { quoteFormatOf } from './quote-format.ts';

const DATA = join(import.meta.dirname, '../../../shared/data');
const DOCS = join(import.meta.dirname, '../../docs/data.md');
const skip = existsSync(join(DATA, 'MANIFEST.csv')) ? false : 'skipped: no sample data';
const SETS = [...TICK_SETS, ...BAR_SETS];

/** The format of a set, by way of the configuration's schema. */
function formatOf(set: SampleSet) {
  const { symbol, format } = set;
  const source = { symbol: 'XXXYYY', files: ['x'], format };
  const market = marketSchema.parse({ kind: 'files', sources: [source] });
  assert(market.kind === 'files');
  const [parsed] = market.sources;
  assert(parsed !== undefined, symbol);
  return quoteFormatOf(parsed.format);
}

async function read(set: SampleSet) {
  const all = set.files.flatMap((pattern) => globSync(join(DATA, pattern)).sort());
  assert(all.length > 0, `no files of ${set.title}`);
  const files = all.slice(0, set.sampled?.files);
  const { badRows = {} } = set;
  const instrument = instrumentOf(set);
  const source = { instrument, index: instrumentIndex(0), files, format: formatOf(set), badRows };
  const reader = openQuotes(source);
  let quotes = 0;
  for await (const block of reader) quotes += block.count;
  return { quotes, reports: reader.reports, files: files.length };
}

suite('the documented mapping', { skip }, () => {
  for (const set of SETS) {
    test(`reads ${set.title}`, async () => {
      const { quotes, reports, files } = await read(set);
      const sum = (of: (report: (typeof reports)[number]) => number): number =>
        reports.reduce((total, report) => total + of(report), 0);
      assert.equal(reports.length, files);
      assert.equal(
        sum(({ rows }) => rows),
        set.sampled?.rows ?? set.rows,
      );
      assert.equal(
        sum(({ rows, accepted }) => rows - accepted),
        0,
      );
      assert.equal(
        sum((report) => report.quotes),
        quotes,
      );
    });
  }
});

suite('the table of the documentation', () => {
  const docs = readFileSync(DOCS, 'utf8');
  for (const { title, mapping, rows } of SETS) {
    const grouped = String(rows).replace(/\B(?=(\d{3})+$)/g, ' ');
    test(`says how ${title} is read, and its rows`, () => {
      assert(docs.includes(`| ${title} | ${mapping} | ${grouped} |`), 'docs/data.md');
    });
  }
});
