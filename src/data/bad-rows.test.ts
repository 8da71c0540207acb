import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertRefused, type BadFile, readBad } from '../testing/bad-files.ts';
import { format, TemporaryFolder } from '../testing/quote-files.ts';
import type { DelimitedFormat } from './delimited-format.ts';

const HEADER = 'time,bid,ask\n';
const ISO = format({ time: 'iso' });
const COMPACT = format({ time: 'compact' });

/** A third line that is wrong. */
function third(row: string): string {
  return `${HEADER}1000,1.38676,1.38686\n${row}\n3000,1.38677,1.38687\n`;
}

function row(title: string, text: string, reason: string): BadFile {
  return { title, content: third(text), code: 'DATA_BAD_ROW', reason, line: 3 };
}

function dated(title: string, time: string, reason: string, of: DelimitedFormat): BadFile {
  const content = `${HEADER}\n${time},1.38676,1.38686\n`;
  return { title, content, format: of, code: 'DATA_BAD_ROW', reason, line: 3 };
}

const rows: readonly BadFile[] = [
  row('text in a price', '2000,1.38x76,1.38686', 'unparseable'),
  row('an empty price', '2000,,1.38686', 'unparseable'),
  row('no price at all: NaN', '2000,NaN,1.38686', 'unparseable'),
  row('infinity', '2000,1.38676,Infinity', 'unparseable'),
  row('a price with an exponent', '2000,1e5,1.38686', 'unparseable'),
  row('a price in hexadecimal', '2000,0x1,1.38686', 'unparseable'),
  row('a price with two points', '2000,1.386.76,1.38686', 'unparseable'),
  row('a price that ends with its point', '2000,1.,1.38686', 'unparseable'),
  row('a price that begins with its point', '2000,.38676,1.38686', 'unparseable'),
  row('a price with a plus', '2000,+1.38676,1.38686', 'unparseable'),
  row('a quoted price', '2000,"1.38676",1.38686', 'unparseable'),
  row('a price with 31 digits', `2000,${'1'.repeat(31)},1.38686`, 'unparseable'),
  row('a price with 25 decimals', `2000,1.${'1'.repeat(25)},1.38686`, 'unparseable'),
  row('a price with too many decimals', '2000,1.386761,1.38686', 'off_grid'),
  row('a price with noise', '2000,1.3867600000000002,1.38686', 'off_grid'),
  row('a price that no column holds', '2000,99999.00000,99999.00001', 'out_of_range'),
  row('a whole price that no column holds', '2000,99999,99999', 'out_of_range'),
  row('a price that wraps an int32', '2000,42949.67297,42949.67298', 'out_of_range'),
  row('a price that wraps in ten digits', '2000,4294967297,4294967298', 'out_of_range'),
  row('a negative price', '2000,-1.38676,1.38686', 'non_positive'),
  row('a zero price', '2000,0.00000,1.38686', 'non_positive'),
  row('a crossed quote', '2000,1.38686,1.38685', 'crossed'),
  row('time that goes back', '999,1.38676,1.38686', 'time_backwards'),
  row('an absurd jump', '2000,13.8676,13.8686', 'absurd_jump'),
  row('a negative time', '-2000,1.38676,1.38686', 'unparseable'),
  row('a time after 2255', '9007199254741,1.38676,1.38686', 'out_of_range'),
  row('a time of 30 digits', `${'9'.repeat(30)},1.38676,1.38686`, 'out_of_range'),
  row('a time with too many zeros', `${'0'.repeat(24)}2000,1.38676,1.38686`, 'out_of_range'),
  row('another separator between two fields', '2000,1.38676;1.38686', 'unparseable'),
  row('a space before a separator', '2000,1.38676 ,1.38686', 'unparseable'),
  row('a missing field', '2000,1.38676', 'unparseable'),
  row('one field too many', '2000,1.38676,1.38686,1', 'unparseable'),
  row('two rows run together', '2000,1.38676,1.386862001,1.38676,1.38686', 'unparseable'),
  row('spaces for an empty line', '   ', 'unparseable'),
  row('a lone carriage return', '2000,1.38676,1.38686\r\r', 'unparseable'),
  row('NUL bytes', '2000,1.38676,\0\0\0\0\0\0\0', 'unparseable'),
  dated('an impossible date', '2014-02-30 00:00:00', 'out_of_range', ISO),
  dated('a month 13', '2014-13-01 00:00:00', 'out_of_range', ISO),
  dated('a day 0', '2014-01-00 00:00:00', 'out_of_range', ISO),
  dated('29 February of a common year', '20140229 00:00:00', 'out_of_range', COMPACT),
  dated('hour 25', '2014-02-03 25:00:00', 'out_of_range', ISO),
  dated('hour 24', '20140203 240000000', 'out_of_range', COMPACT),
  dated('minute 60', '2014-02-03 00:60:00', 'out_of_range', ISO),
  dated('a leap second', '2016-12-31 23:59:60', 'out_of_range', ISO),
  dated('an offset of 25 hours', '2014-02-03 00:00:00+25:00', 'out_of_range', ISO),
  dated('a year before 1970', '1969-12-31 23:59:59', 'out_of_range', ISO),
  dated('a year after 2255', '2256-01-01 00:00:00', 'out_of_range', ISO),
  dated('half a time', '2014-02-03 12:00', 'unparseable', ISO),
  dated('a date with slashes', '2014/02/03 00:00:00', 'unparseable', ISO),
  dated('a fraction with no digits', '2014-02-03 00:00:00.', 'unparseable', ISO),
  dated('a zone by name', '2014-02-03 00:00:00 EST', 'unparseable', ISO),
  dated(
    'a local time that the clocks skipped',
    '2014-03-09 02:30:00',
    'out_of_range',
    format({ time: 'iso', zone: 'America/New_York' }),
  ),
];

suite('a bad row', () => {
  for (const bad of rows) {
    test(`${bad.title} is refused with file, line and reason`, () => assertRefused(bad));

    test(`${bad.title} is skipped and counted where the policy says so`, async () => {
      using folder = new TemporaryFolder();
      const { reports } = await readBad(bad, folder, true);
      const [report] = reports;
      const skipped = Object.entries(report?.skipped ?? {}).filter(([, count]) => count > 0);
      assert.deepEqual(skipped, [[bad.reason, 1]]);
      assert.equal(report?.rows, (report?.accepted ?? 0) + 1);
    });
  }
});
