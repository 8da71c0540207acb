import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_BAD_ROW_RULES } from '../src/data/bad-rows.ts';
import type { DelimitedFormat } from '../src/data/delimited-format.ts';
import { openQuotes } from '../src/data/open-quotes.ts';
import { BLOCK_ROWS } from '../src/data/quote-stream.ts';
import { RowParser } from '../src/data/row-parser.ts';
import { ZoneClock } from '../src/data/zone-clock.ts';
import { createQuoteBlock, type QuoteBlock } from '../src/market/quotes.ts';
import { parseDecimal } from '../src/model/decimal.ts';
import type { Instrument } from '../src/model/instrument.ts';
import { instrumentIndex } from '../src/model/units.ts';
import { parseFixedColumns, parseFixedWidths } from './csv-floor.ts';

/**
 * Text to columns: the general reader with every guard against two unguarded parsers that know the
 * layout. Medians over fresh processes, since the same code can settle at two speeds.
 *
 *     node --conditions=tiyf-source bench/csv.ts [rows] [processes]
 */

const ONE = parseDecimal('1');
const INSTRUMENT: Instrument = {
  symbol: 'EURUSD',
  assetClass: 'fx',
  base: 'EUR',
  quote: 'USD',
  priceIncrement: parseDecimal('0.00001'),
  sizeIncrement: ONE,
  pipSize: parseDecimal('0.0001'),
  contractSize: ONE,
  marginRate: parseDecimal('0.02'),
  sessions: { timeZone: 'UTC', weekly: [], dayStart: '00:00', holidays: [] },
  settlementLagDays: 2,
};
const FORMAT: DelimitedFormat = {
  kind: 'delimited',
  separator: 'comma',
  header: true,
  columns: { time: 'time', bid: 'bid', ask: 'ask', bidSize: 'bidSize', askSize: 'askSize' },
  time: 'epoch_ms',
  zone: 'UTC',
  priceGrid: 'exact',
  sizeScale: ONE,
};
const HEADER = 'time,bid,ask,bidSize,askSize\n';

/** Writes at least `rows` rows and `bytes` bytes; the same text each time. */
function generate(file: string, rows: number, bytes: number): void {
  const out = openSync(file, 'w');
  writeSync(out, HEADER);
  let seed = 1;
  let time = 1_549_238_400_000;
  let mid = 114_500;
  let written = 0;
  for (let row = 0; row < rows || written < bytes; ) {
    let text = '';
    for (let i = 0; i < 10_000; i += 1, row += 1) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      time += 1 + (seed >>> 24);
      mid = Math.min(199_000, Math.max(101_000, mid + ((seed >>> 13) % 7) - 3));
      const half = 1 + ((seed >>> 20) & 7);
      const [bid, ask] = [mid - half, mid + half].map(
        (count) => `1.${String(count - 100_000).padStart(5, '0')}`,
      );
      const size = (shift: number): number => ((seed >>> shift) % 900) * 10_000 + 10_000;
      const sizes = `${size(8)},${size(5)}`;
      text += `${time},${bid},${ask},${sizes}\n`;
    }
    writeSync(out, text);
    written += text.length;
  }
  closeSync(out);
}

interface Result {
  readonly rows: number;
  readonly seconds: number;
  /** Of the first pass. */
  readonly coldSeconds: number;
  readonly checksum: number;
  readonly rssMb: number;
}

/** Keeps the parsers honest: the columns must be used, and agree. */
function sumOf(block: QuoteBlock): number {
  let sum = 0;
  for (let i = 0; i < block.count; i += 997) {
    sum += (block.time[i] as number) % 1_000_003;
    sum += (block.bid[i] as number) + (block.ask[i] as number);
    sum += (block.bidSize[i] as number) + (block.askSize[i] as number);
  }
  return sum % 1_000_000_007;
}

type Parse = (bytes: Uint8Array, from: number, to: number, block: QuoteBlock) => number;

/** `roles` other than 1…5 in order are not the plain layout: they go the general way. */
function guardedParse(roles: readonly number[]): Parse {
  const parser = new RowParser(INSTRUMENT, FORMAT, DEFAULT_BAD_ROW_RULES, new ZoneClock('UTC'));
  return (bytes, from, to, block) => {
    if (from === HEADER.length) {
      parser.beginFile({
        file: 'memory',
        entry: undefined,
        roles: Uint8Array.from(roles),
        dayWallUs: 0,
        periodFrom: Number.NEGATIVE_INFINITY,
        periodTo: Number.POSITIVE_INFINITY,
        linesBefore: 1,
      });
    }
    return parser.parse(bytes, from, to, block);
  };
}

/** Passes over the same text: the first one is cold, the fastest one is what a long file gets. */
const PASSES = 5;

function inMemory(file: string, makeParse: () => Parse): Result {
  const bytes = new Uint8Array(readFileSync(file));
  let cold: Result | undefined;
  let best: Result | undefined;
  for (let pass = 0; pass < PASSES; pass += 1) {
    const now = onePass(bytes, makeParse());
    cold ??= now;
    if (best === undefined || now.seconds < best.seconds) best = now;
  }
  if (best === undefined || cold === undefined) throw new Error('no pass');
  return { ...best, coldSeconds: cold.seconds };
}

function onePass(bytes: Uint8Array, parse: Parse): Result {
  const block = createQuoteBlock(BLOCK_ROWS);
  const start = process.hrtime.bigint();
  let [rows, checksum] = [0, 0];
  for (let at = HEADER.length; at < bytes.length; ) {
    at = parse(bytes, at, bytes.length, block);
    rows += block.count;
    checksum = (checksum + sumOf(block)) % 1_000_000_007;
    block.count = 0;
  }
  return result(start, rows, checksum);
}

async function fromFile(file: string): Promise<Result> {
  const start = process.hrtime.bigint();
  let [rows, checksum] = [0, 0];
  const source = {
    instrument: INSTRUMENT,
    index: instrumentIndex(0),
    files: [file],
    format: FORMAT,
  };
  for await (const block of openQuotes(source)) {
    rows += block.count;
    checksum = (checksum + sumOf(block)) % 1_000_000_007;
  }
  return result(start, rows, checksum);
}

function result(start: bigint, rows: number, checksum: number): Result {
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const rssMb = process.resourceUsage().maxRSS / 1024;
  return { rows, seconds, coldSeconds: seconds, checksum, rssMb };
}

async function runMode(mode: string, file: string): Promise<Result> {
  if (mode === 'floor-columns') return inMemory(file, () => parseFixedColumns);
  if (mode === 'floor-widths') return inMemory(file, () => parseFixedWidths);
  if (mode === 'reader') return inMemory(file, () => guardedParse([1, 2, 3, 4, 5]));
  // Sizes the other way round: another layout of the same text, and the same sum.
  if (mode === 'reader-mapped') return inMemory(file, () => guardedParse([1, 2, 3, 5, 4]));
  return fromFile(file);
}

function isResult(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && 'checksum' in value;
}

function inFreshProcess(mode: string, file: string): Result {
  const args = [...process.execArgv, import.meta.filename, '--mode', mode, file];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const value: unknown = JSON.parse(child.stdout || 'null');
  if (!isResult(value)) throw new Error(`${mode} failed: ${child.stderr}`);
  return value;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

const MODES = ['floor-widths', 'floor-columns', 'reader', 'reader-mapped', 'reader-file'] as const;

function compare(file: string, processes: number): void {
  const results = new Map<string, Result[]>(MODES.map((mode) => [mode, []]));
  // In turns, so that a slow minute of the machine hits all alike.
  for (let round = 0; round < processes; round += 1) {
    for (const [mode, list] of results) list.push(inFreshProcess(mode, file));
  }
  const checksums = new Set([...results.values()].flat().map(({ checksum }) => checksum));
  if (checksums.size !== 1) throw new Error('the parsers do not agree');
  const nsPerRow = (mode: string, cold: boolean) =>
    median(
      (results.get(mode) ?? []).map(
        ({ rows, seconds, coldSeconds }) => ((cold ? coldSeconds : seconds) / rows) * 1e9,
      ),
    );
  for (const mode of MODES) {
    const [warm, cold] = [nsPerRow(mode, false), nsPerRow(mode, true)];
    const rate = `${(1e3 / warm).toFixed(1)} M rows/s`;
    const ratios = ['floor-columns', 'floor-widths']
      .map((floor) => (nsPerRow(floor, false) / warm).toFixed(2))
      .join(' and ');
    const times = `${warm.toFixed(1)} ns/row, first pass ${cold.toFixed(1)}`;
    console.log(`${mode.padEnd(14)} ${rate.padStart(15)}  ${times}  ${ratios} × the floors`);
  }
}

async function main(): Promise<void> {
  const [first, mode, file] = process.argv.slice(2);
  if (first === '--mode' && mode !== undefined && file !== undefined) {
    console.log(JSON.stringify(await runMode(mode, file)));
    return;
  }
  const rows = Number(first ?? 2_000_000);
  const processes = Number(mode ?? 5);
  const folder = mkdtempSync(join(tmpdir(), 'tiyf-csv-'));
  try {
    const small = join(folder, 'quotes.csv');
    generate(small, rows, 0);
    compare(small, processes);
    const large = join(folder, 'large.csv');
    generate(large, 0, 500e6);
    const { rows: read, seconds, rssMb } = inFreshProcess('reader-file', large);
    const megabytes = (statSync(large).size / 1e6).toFixed(0);
    const rate = (read / seconds / 1e6).toFixed(1);
    console.log(`${megabytes} MB streamed: ${rate} M rows/s, peak RSS ${rssMb.toFixed(0)} MB`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
