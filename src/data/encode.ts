import { open, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { QuoteBlock } from '../market/quotes.ts';
import { formatScaled } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';
import { formatUtc, US_PER_DAY } from '../model/time.ts';
import { type TimeUs, timeUs } from '../model/units.ts';
import { checkFormat } from './column-roles.ts';
import { DataError } from './data-error.ts';
import { type DelimitedFormat, SEPARATORS } from './delimited-format.ts';
import { dayOfFileName } from './file-date.ts';
import { zipBytes } from './zip-write.ts';
import { ZoneClock } from './zone-clock.ts';

/** Where quotes of one instrument are written, and how. */
export interface QuoteFileTarget {
  readonly instrument: Instrument;
  /** `.gz` and `.zip` are packed. The date that `ms_of_day` needs is taken from the name. */
  readonly file: string;
  readonly format: DelimitedFormat;
  /** Name inside a zip; by default the zip's own with `.csv`. */
  readonly entry?: string;
  readonly lineEnd?: '\n' | '\r\n';
}

const FIELDS = ['time', 'bid', 'ask', 'bidSize', 'askSize', 'symbol'] as const;
type Field = (typeof FIELDS)[number];
/** Rows that are turned into text at a time. */
const BATCH_ROWS = 4096;
const SIZE_DECIMALS_MAX = 24;

interface Column {
  readonly name: string;
  /** Absent for a column that no field stands in. */
  readonly field?: Field;
}

/** Fields with a number stand there; those with a name take the places left over, in order. */
function columnsOf(format: DelimitedFormat): readonly Column[] {
  const columns: Column[] = [];
  const mapped = FIELDS.map((field) => ({ field, reference: format.columns[field] }));
  for (const { field, reference } of mapped) {
    if (typeof reference === 'number') columns[reference - 1] = { name: field, field };
  }
  for (const { field, reference } of mapped) {
    if (typeof reference !== 'string') continue;
    let place = 0;
    while (columns[place] !== undefined) place += 1;
    columns[place] = { name: reference, field };
  }
  return Array.from(columns, (column, index) => column ?? { name: `ignored${index + 1}` });
}

/** Microseconds as a count of a unit with a fraction where there is one: `1549238400.994`. */
function counted(us: number, unitDecimals: number): string {
  const text = formatScaled(BigInt(us), unitDecimals);
  return unitDecimals === 0 ? text : text.replace(/\.?0+$/, '');
}

/** Writes rows as text that the reader reads back as the same columns. */
class QuoteEncoder {
  readonly #target: QuoteFileTarget;
  readonly #columns: readonly Column[];
  readonly #clock: ZoneClock;
  readonly #separator: string;
  readonly #lineEnd: string;
  readonly #dayWallUs: number = 0;
  readonly #sizeFactor: bigint;
  readonly #sizeDecimals: number = 0;
  readonly #scratch = new Float64Array(1);

  constructor(target: QuoteFileTarget) {
    const { format, file, instrument } = target;
    checkFormat(format, file);
    if (format.priceScale !== undefined) {
      throw new DataError('DATA_FORMAT', 'prices are written as they are: no priceScale', { file });
    }
    this.#target = target;
    this.#columns = columnsOf(format);
    this.#clock = new ZoneClock(format.zone);
    this.#separator = SEPARATORS[format.separator];
    this.#lineEnd = target.lineEnd ?? '\n';
    const { fileDate } = format;
    this.#dayWallUs = fileDate === undefined ? 0 : dayOfFileName(fileDate, file) * US_PER_DAY;
    // One count of size is increment ÷ scale: find the decimals with which that is exact.
    const { sizeScale } = format;
    const { sizeIncrement } = instrument;
    const divisor = sizeScale.coefficient * 10n ** BigInt(sizeIncrement.decimals);
    let dividend = sizeIncrement.coefficient * 10n ** BigInt(sizeScale.decimals);
    let decimals = 0;
    for (; dividend % divisor !== 0n; decimals += 1) {
      if (decimals === SIZE_DECIMALS_MAX) {
        throw new DataError('DATA_FORMAT', 'a size in this sizeScale has no end', { file });
      }
      dividend *= 10n;
    }
    this.#sizeFactor = dividend / divisor;
    this.#sizeDecimals = decimals;
  }

  header(): string {
    if (!this.#target.format.header) return '';
    return this.#columns.map(({ name }) => name).join(this.#separator) + this.#lineEnd;
  }

  rows(block: QuoteBlock, from: number, to: number): string {
    let text = '';
    for (let row = from; row < to; row += 1) {
      const fields = this.#columns.map(({ field }) => this.#field(block, row, field));
      text += fields.join(this.#separator) + this.#lineEnd;
    }
    return text;
  }

  #field(block: QuoteBlock, row: number, field: Field | undefined): string {
    switch (field) {
      case 'time':
        return this.#time(timeUs(block.time[row] ?? 0));
      case 'bid':
        return this.#price(block.bid[row] ?? 0);
      case 'ask':
        return this.#price(block.ask[row] ?? 0);
      case 'bidSize':
        return this.#size(block.bidSize[row] ?? 0);
      case 'askSize':
        return this.#size(block.askSize[row] ?? 0);
      case 'symbol':
        return this.#target.instrument.symbol;
      default:
        return 'x';
    }
  }

  #price(count: number): string {
    const { coefficient, decimals } = this.#target.instrument.priceIncrement;
    return formatScaled(BigInt(count) * coefficient, decimals);
  }

  #size(count: number): string {
    return formatScaled(BigInt(count) * this.#sizeFactor, this.#sizeDecimals);
  }

  #refuse(time: TimeUs, why: string): never {
    const reason = `${formatUtc(time)} cannot be written: ${why}`;
    throw new DataError('DATA_FORMAT', reason, { file: this.#target.file });
  }

  #wall(time: TimeUs): TimeUs {
    const wall = this.#clock.wallAt(time);
    this.#scratch[0] = wall;
    if (!this.#clock.toUtcAt(this.#scratch, 0) || this.#scratch[0] !== time) {
      this.#refuse(time, `${this.#target.format.zone} shows that time twice`);
    }
    return timeUs(wall);
  }

  #time(time: TimeUs): string {
    const { format } = this.#target;
    switch (format.time) {
      case 'epoch_s':
        return counted(time, 6);
      case 'epoch_ms':
        return counted(time, 3);
      case 'epoch_us':
        return counted(time, 0);
      case 'epoch_ns':
        return `${time}000`;
      case 'ms_of_day':
        return this.#ofDay(time);
      default:
        return this.#dateTime(time);
    }
  }

  #ofDay(time: TimeUs): string {
    const ofDay = this.#wall(time) - this.#dayWallUs;
    if (ofDay < 0 || ofDay >= US_PER_DAY)
      this.#refuse(time, 'it is not on the day in the file name');
    return counted(ofDay, 3);
  }

  #dateTime(time: TimeUs): string {
    const { format } = this.#target;
    const iso = formatUtc(this.#wall(time));
    const [date = '', rest = ''] = iso.slice(0, -1).split('T');
    const divider = format.separator === 'space' ? 'T' : ' ';
    const close = date.replaceAll('-', '');
    switch (format.time) {
      case 'compact':
        return `${close}${divider}${rest}`;
      case 'compact_minute':
        return `${close}${divider}${this.#minute(time, rest)}`;
      case 'iso_minute':
        return `${date}${divider}${this.#minute(time, rest)}`;
      case 'iso_date':
        if (!/^[0:.]*$/.test(rest)) this.#refuse(time, 'it is not the start of a day');
        return date;
      case 'day_first':
        return `${date.split('-').toReversed().join('.')}${divider}${rest}`;
      default:
        return `${date}${divider}${rest}${format.zone === 'UTC' ? 'Z' : ''}`;
    }
  }

  #minute(time: TimeUs, rest: string): string {
    if (!/^[0:.]*$/.test(rest.slice(5))) this.#refuse(time, 'it is not a whole minute');
    return rest.slice(0, 5);
  }
}

async function* textOf(
  target: QuoteFileTarget,
  quotes: AsyncIterable<QuoteBlock> | Iterable<QuoteBlock>,
): AsyncGenerator<string, void, undefined> {
  const encoder = new QuoteEncoder(target);
  yield encoder.header();
  for await (const block of quotes) {
    for (let from = 0; from < block.count; from += BATCH_ROWS) {
      yield encoder.rows(block, from, Math.min(block.count, from + BATCH_ROWS));
    }
  }
}

async function writeZip(
  target: QuoteFileTarget,
  file: string,
  text: AsyncIterable<string>,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of text) parts.push(Buffer.from(part));
  const name = target.entry ?? basename(target.file).replace(/\.zip$/i, '.csv');
  await writeFile(file, zipBytes([{ name, bytes: Buffer.concat(parts) }]));
}

async function writeStream(
  target: QuoteFileTarget,
  file: string,
  text: AsyncIterable<string>,
): Promise<void> {
  const isPacked = target.file.toLowerCase().endsWith('.gz');
  // Opened here: a stream that opens by itself may do so after a failure was cleaned up.
  const out = (await open(file, 'w')).createWriteStream();
  if (isPacked) await pipeline(text, createGzip(), out);
  else await pipeline(text, out);
}

/**
 * Writes quotes of one instrument to a file that {@link openQuotes} reads back as the same columns.
 * The file appears whole or not at all; it replaces one of that name. A zip is built in memory.
 * Throws {@link DataError} `DATA_FORMAT` for quotes that the format cannot tell exactly, and errors
 * of
 * the file system as they are.
 */
export async function writeQuotes(
  target: QuoteFileTarget,
  quotes: AsyncIterable<QuoteBlock> | Iterable<QuoteBlock>,
): Promise<void> {
  const partial = `${target.file}.partial`;
  const text = textOf(target, quotes);
  try {
    if (target.file.toLowerCase().endsWith('.zip')) await writeZip(target, partial, text);
    else await writeStream(target, partial, text);
    await rename(partial, target.file);
  } finally {
    await rm(partial, { force: true });
  }
}
