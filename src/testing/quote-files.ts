import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noneSkipped, type ReadReport } from '../data/bad-rows.ts';
import type { DelimitedFormat } from '../data/delimited-format.ts';
import { openQuotes } from '../data/open-quotes.ts';
import type { QuoteFileSource, ReaderTuning } from '../data/quote-stream.ts';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { parseDecimal } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';

/** One quote as counts: time, instrument index, bid, ask, bid size, ask size. */
export type QuoteRow = readonly [number, number, number, number, number, number];

/** An instrument of which only the increments matter. */
export function priced(symbol: string, priceStep: string, sizeStep = '1'): Instrument {
  return {
    symbol,
    assetClass: 'fx',
    base: symbol.slice(0, 3),
    quote: symbol.slice(3),
    priceIncrement: parseDecimal(priceStep),
    sizeIncrement: parseDecimal(sizeStep),
    pipSize: parseDecimal(priceStep),
    contractSize: parseDecimal('1'),
    marginRate: parseDecimal('0.02'),
    sessions: { timeZone: 'UTC', weekly: [], dayStart: '00:00', holidays: [] },
    settlementLagDays: 2,
  };
}

/** `time,bid,ask` with header, epoch ms, unless said otherwise. */
export function format(overrides: Partial<DelimitedFormat> = {}): DelimitedFormat {
  return {
    kind: 'delimited',
    separator: 'comma',
    header: true,
    columns: { time: 'time', bid: 'bid', ask: 'ask' },
    time: 'epoch_ms',
    zone: 'UTC',
    priceGrid: 'exact',
    sizeScale: parseDecimal('1'),
    ...overrides,
  };
}

export function blockOf(rows: readonly QuoteRow[]): QuoteBlock {
  const block = createQuoteBlock(rows.length);
  for (const [row, [time, instrument, bid, ask, bidSize, askSize]] of rows.entries()) {
    block.time[row] = time;
    block.instrument[row] = instrument;
    block.bid[row] = bid;
    block.ask[row] = ask;
    block.bidSize[row] = bidSize;
    block.askSize[row] = askSize;
  }
  block.count = rows.length;
  return block;
}

export function rowsOf(block: QuoteBlock): QuoteRow[] {
  return Array.from({ length: block.count }, (_, row) => [
    block.time[row] ?? -1,
    block.instrument[row] ?? -1,
    block.bid[row] ?? -1,
    block.ask[row] ?? -1,
    block.bidSize[row] ?? -1,
    block.askSize[row] ?? -1,
  ]);
}

/** Every row of a stream, copied out of its blocks. */
export async function allRows(blocks: AsyncIterable<QuoteBlock>): Promise<QuoteRow[]> {
  const rows: QuoteRow[] = [];
  for await (const block of blocks) for (const row of rowsOf(block)) rows.push(row);
  return rows;
}

/** Reads a source to its end. */
export async function readAll(source: QuoteFileSource, tuning?: ReaderTuning) {
  const reader = openQuotes(source, tuning);
  const rows = await allRows(reader);
  return { rows, reports: reader.reports };
}

/** A directory for the files of a test, gone with `using`. */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'tiyf-data-'));

  join(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What a reader reports of a file in which every row was a quote. */
export function cleanReport(
  file: string,
  rows: number,
  firstTime: number | undefined,
  lastTime: number | undefined,
): ReadReport {
  return {
    file,
    entry: undefined,
    rows,
    accepted: rows,
    quotes: rows,
    skipped: noneSkipped(),
    first: {},
    crossedKept: 0,
    crossedClamped: 0,
    duplicates: 0,
    pricesRounded: 0,
    sizesRounded: 0,
    firstTime,
    lastTime,
    endsWithNewline: true,
  };
}
