import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { instrumentIndex } from '../../model/units.ts';
import { priced, TemporaryFolder } from '../../testing/quote-files.ts';
import { leanQuoteFormat } from '../delimited-format.ts';
import { openQuotes } from '../open-quotes.ts';
import { ColumnFileWriter } from './column-file.ts';
import { STREAM_KIND, StreamEncoder } from './stream-file.ts';

const TICKS = join(import.meta.dirname, '../../../../shared/data/fx-oanda-ticks-2014-05/eurusd');
const skip = existsSync(TICKS) ? false : 'skipped: no sample data';

test('a week of real EURUSD ticks takes less than three bytes a quote', { skip }, async () => {
  using folder = new TemporaryFolder();
  using writer = new ColumnFileWriter(folder.join('week'));
  const encoder = new StreamEncoder(writer);
  const files = readdirSync(TICKS)
    .toSorted()
    .map((name) => join(TICKS, name));
  const instrument = priced('EURUSD', '0.00001');
  const source = { instrument, index: instrumentIndex(0), files, format: leanQuoteFormat('UTC') };
  for await (const block of openQuotes(source)) encoder.add(block);
  encoder.finish();
  writer.finish(STREAM_KIND, 'key', {});
  assert.equal(encoder.rows, 321_559);
  const bytes = statSync(folder.join('week')).size;
  assert(bytes < 3 * encoder.rows, `${bytes / encoder.rows} bytes a quote`);
});
