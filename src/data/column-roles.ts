import { unreachable } from '../model/assert.ts';
import { DataError, excerptOf } from './data-error.ts';
import { type ColumnRef, SEPARATORS } from './delimited-format.ts';
import type { TextFormat } from './quote-format.ts';
import { isZone } from './zone-clock.ts';

/** What a column of a quote a line is to the reader. */
export const ROLE = {
  ignored: 0,
  time: 1,
  bid: 2,
  ask: 3,
  bidSize: 4,
  askSize: 5,
  symbol: 6,
} as const;

/**
 * What a column of a row that becomes quotes is: time and symbol as above, else a place among its
 * prices or sizes, or the side of a trade.
 */
export const SLOT = { price: 16, size: 32, side: 48 } as const;

/** Prices of a bar's one side. */
export const OHLC = 4;

/** A field, the column that holds it, and its role. */
export interface MappedColumn {
  /** As the configuration names it. */
  readonly field: string;
  readonly reference: ColumnRef;
  readonly role: number;
}

type Mapping = readonly [field: string, reference: ColumnRef | undefined, role: number];

function barMappings(format: Extract<TextFormat, { kind: 'bars' }>): readonly Mapping[] {
  const { prices } = format;
  const ohlc = (field: string, columns: readonly ColumnRef[], first: number): Mapping[] =>
    columns.map((reference, at) => [field, reference, SLOT.price + first + at]);
  switch (prices.kind) {
    case 'bid_ask':
      return [
        ...ohlc('bid', prices.bid, 0),
        ...ohlc('ask', prices.ask, OHLC),
        ['bidSize', prices.bidSize, SLOT.size],
        ['askSize', prices.askSize, SLOT.size + 1],
      ];
    case 'close':
      return [['close', prices.close, SLOT.price]];
    case 'two_files':
    case 'single':
      return ohlc('ohlc', prices.ohlc, 0);
    default:
      return unreachable(prices);
  }
}

function mappings(format: TextFormat): readonly Mapping[] {
  const common: readonly Mapping[] = [
    ['time', format.columns.time, ROLE.time],
    ['symbol', format.columns.symbol, ROLE.symbol],
  ];
  switch (format.kind) {
    case 'delimited': {
      const { bid, ask, bidSize, askSize } = format.columns;
      return [
        ...common,
        ['bid', bid, ROLE.bid],
        ['ask', ask, ROLE.ask],
        ['bidSize', bidSize, ROLE.bidSize],
        ['askSize', askSize, ROLE.askSize],
      ];
    }
    case 'one_sided': {
      const { bid, ask, bidSize, askSize } = format.columns;
      return [
        ...common,
        ['bid', bid, SLOT.price],
        ['ask', ask, SLOT.price + 1],
        ['bidSize', bidSize, SLOT.size],
        ['askSize', askSize, SLOT.size + 1],
      ];
    }
    case 'trades': {
      const { price, size, side } = format.columns;
      return [
        ...common,
        ['price', price, SLOT.price],
        ['size', size, SLOT.size],
        ['side', side, SLOT.side],
      ];
    }
    case 'bars':
      return [...common, ...barMappings(format)];
    default:
      return unreachable(format);
  }
}

function mappedColumns(format: TextFormat): readonly MappedColumn[] {
  return mappings(format).flatMap(([field, reference, role]) =>
    reference === undefined ? [] : [{ field, reference, role }],
  );
}

/**
 * Throws {@link DataError} `DATA_FORMAT` for a format that cannot be meant, before a file is
 * opened.
 */
export function checkFormat(format: TextFormat, file: string): void {
  const refuse = (reason: string): never => {
    throw new DataError('DATA_FORMAT', reason, { file });
  };
  if (!isZone(format.zone)) refuse(`unknown zone "${format.zone}": UTC, ±hh:mm or an IANA name`);
  if (format.sizeScale.coefficient <= 0n) refuse('sizeScale must be above zero');
  if (format.priceScale !== undefined && format.priceScale.coefficient <= 0n) {
    refuse('priceScale must be above zero');
  }
  if (format.time === 'ms_of_day' && format.fileDate === undefined) {
    refuse('ms_of_day needs fileDate: where the date stands in the file name');
  }
  if (format.filePeriod === 'day' && format.fileDate === undefined) {
    refuse('filePeriod "day" needs fileDate');
  }
  const seen = new Set<ColumnRef>();
  for (const { field, reference } of mappedColumns(format)) {
    if (typeof reference === 'string' && !format.header) {
      refuse(`column "${reference}" (${field}) is a name, but the file has no header`);
    }
    if (typeof reference === 'number' && !(Number.isInteger(reference) && reference >= 1)) {
      refuse(`column ${reference} (${field}): numbers start at 1`);
    }
    if (seen.has(reference)) refuse(`column ${reference} is given twice`);
    seen.add(reference);
  }
}

/** The first line of a file, without its line end. */
export interface FirstLine {
  readonly bytes: Uint8Array;
  /** 1-based. */
  readonly line: number;
}

function headerNames(format: TextFormat, first: FirstLine, file: string): readonly string[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(first.bytes);
    return text.split(SEPARATORS[format.separator]);
  } catch (cause) {
    const excerpt = excerptOf(first.bytes, 0, first.bytes.length);
    throw new DataError('DATA_FORMAT', 'the header is not UTF-8 text', {
      file,
      line: first.line,
      excerpt,
      cause,
    });
  }
}

function columnCount(format: TextFormat, first: FirstLine): number {
  const separator = SEPARATORS[format.separator].charCodeAt(0);
  let count = 1;
  for (const byte of first.bytes) if (byte === separator) count += 1;
  return count;
}

/**
 * The role of each column of a file, in file order, from its first line: the header, or the first
 * row. Throws {@link DataError} `DATA_FORMAT` when a mapped column is not there.
 */
export function columnRoles(format: TextFormat, first: FirstLine, file: string): Uint8Array {
  const names = format.header ? headerNames(format, first, file) : [];
  const count = format.header ? names.length : columnCount(format, first);
  const roles = new Uint8Array(count);
  const refuse = (reason: string): never => {
    const excerpt = excerptOf(first.bytes, 0, first.bytes.length);
    throw new DataError('DATA_FORMAT', reason, { file, line: first.line, excerpt });
  };
  const { columnCount: expected } = format;
  if (expected !== undefined && count !== expected) {
    refuse(`the layout has ${expected} columns, this line has ${count}: is it another layout?`);
  }
  for (const { field, reference, role } of mappedColumns(format)) {
    const index = typeof reference === 'number' ? reference - 1 : names.indexOf(reference);
    if (index === -1) refuse(`the header has no column "${reference}" (${field})`);
    if (typeof reference === 'string' && names.indexOf(reference, index + 1) !== -1) {
      refuse(`the header has two columns "${reference}" (${field})`);
    }
    if (index >= count) {
      const columns = count === 1 ? '1 column' : `${count} columns`;
      refuse(`no column ${reference} (${field}): split by ${format.separator}, ${columns}`);
    }
    if (roles[index] !== ROLE.ignored) refuse(`column ${index + 1} is mapped twice`);
    roles[index] = role;
    // A header that is not there would be taken for one, and a quote lost without a word.
    if (role === ROLE.time && /^\d/.test(names[index] ?? '')) {
      refuse('line looks like data, but the format says that it is a header');
    }
  }
  return roles;
}
