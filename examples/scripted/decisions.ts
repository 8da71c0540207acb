import {
  type Instrument,
  type Price,
  parsePrice,
  parseQuantity,
  type Quantity,
  type TimeUs,
} from 'tiyf-engine/strategy';

const ACTIONS = ['submit', 'replace', 'cancel'] as const;
const SIDES = ['buy', 'sell'] as const;
const TYPES = ['market', 'limit', 'stop', 'stop_limit'] as const;
const TIMES_IN_FORCE = ['gtc', 'gtd', 'ioc', 'fok', 'day'] as const;
const YES_NO = ['yes', 'no'] as const;

const COLUMNS = [
  'time',
  'action',
  'symbol',
  'side',
  'units',
  'type',
  'price',
  'stop_price',
  'stop_loss',
  'take_profit',
  'tif',
  'expire',
  'reduce_only',
  'key',
] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['time', 'symbol', 'side', 'units', 'type'];

/** One line of the file, as it stands there; a cell that is empty or has no column is `''`. */
export interface Row {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly time: TimeUs;
  readonly action: (typeof ACTIONS)[number];
  readonly order: OrderWords;
  readonly cells: Readonly<Record<Column, string>>;
}

/** What of an order does not depend on its instrument. */
interface OrderWords {
  readonly side: (typeof SIDES)[number];
  readonly type: (typeof TYPES)[number];
  readonly timeInForce?: (typeof TIMES_IN_FORCE)[number];
  readonly expireTime?: TimeUs;
  readonly reduceOnly: boolean;
}

/** Something in the file that is not a decision. */
export class DecisionFileError extends Error {
  override readonly name = 'DecisionFileError';
}

function fail(line: number, message: string): never {
  throw new DecisionFileError(`line ${line}: ${message}`);
}

function oneOf<T extends string>(
  line: number,
  values: readonly T[],
  text: string,
  name: string,
): T {
  const found = values.find((value) => value === text);
  return found ?? fail(line, `${name} is "${text}", not one of ${values.join(', ')}`);
}

function utc(line: number, text: string): TimeUs {
  try {
    return Number(Temporal.Instant.from(text).epochNanoseconds / 1000n) as TimeUs;
  } catch {
    return fail(line, `"${text}" is not a time such as 2024-01-31T13:30:00Z`);
  }
}

function columnsOf(line: number, header: string): readonly Column[] {
  const names = header.split(',').map((name) => oneOf(line, COLUMNS, name.trim(), 'a column'));
  for (const name of REQUIRED) {
    if (!names.includes(name)) fail(line, `there is no column ${name}`);
  }
  if (new Set(names).size !== names.length) fail(line, 'a column is named twice');
  return names;
}

function rowOf(line: number, text: string, columns: readonly Column[]): Row {
  const values = text.split(',').map((value) => value.trim());
  if (values.length !== columns.length) {
    fail(line, `${values.length} cells under ${columns.length} columns`);
  }
  const cellOf = (name: Column): string => values[columns.indexOf(name)] ?? '';
  const entries = COLUMNS.map((name) => [name, cellOf(name)]);
  const cells = Object.fromEntries(entries) as Record<Column, string>;
  const action = oneOf(line, ACTIONS, cells.action || 'submit', 'action');
  if (action !== 'submit' && cells.key === '') fail(line, `${action} needs the key of an order`);
  return { line, time: utc(line, cells.time), action, order: wordsOf(line, cells), cells };
}

function wordsOf(line: number, cells: Row['cells']): OrderWords {
  const { tif, expire } = cells;
  return {
    side: oneOf(line, SIDES, cells.side, 'side'),
    type: oneOf(line, TYPES, cells.type, 'type'),
    ...(tif === '' ? {} : { timeInForce: oneOf(line, TIMES_IN_FORCE, tif, 'tif') }),
    ...(expire === '' ? {} : { expireTime: utc(line, expire) }),
    reduceOnly: oneOf(line, YES_NO, cells.reduce_only || 'no', 'reduce_only') === 'yes',
  };
}

/**
 * Rows of a file of decisions: comma separated without quotes, the first line names the columns,
 * times never go back. Blank lines and those that start with `#` are passed over. Throws
 * {@link DecisionFileError}.
 */
export function parseRows(text: string): readonly Row[] {
  const rows: Row[] = [];
  let columns: readonly Column[] | undefined;
  let last = Number.NEGATIVE_INFINITY;
  for (const [at, content] of text.split(/\r?\n/).entries()) {
    if (content.trim() === '' || content.startsWith('#')) continue;
    if (columns === undefined) {
      columns = columnsOf(at + 1, content);
      continue;
    }
    const row = rowOf(at + 1, content, columns);
    if (row.time < last) fail(row.line, 'the time goes back');
    last = row.time;
    rows.push(row);
  }
  if (rows.length === 0) throw new DecisionFileError('there are no decisions');
  return rows;
}

/** A row's order, in counts of the instrument's increments. */
export interface Terms extends OrderWords {
  readonly quantity: Quantity;
  readonly limitPrice?: Price;
  readonly stopPrice?: Price;
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
}

/** What a row asks for. Throws {@link DecisionFileError} for a number off the increments. */
export function termsOf({ line, order, cells }: Row, instrument: Instrument): Terms {
  const price = (name: Column): Price | undefined =>
    cells[name] === '' ? undefined : parsed(line, () => parsePrice(instrument, cells[name]));
  const limitPrice = price('price');
  const stopPrice = price('stop_price');
  const stopLoss = price('stop_loss');
  const takeProfit = price('take_profit');
  return {
    ...order,
    quantity: parsed(line, () => parseQuantity(instrument, cells.units)),
    ...(limitPrice === undefined ? {} : { limitPrice }),
    ...(stopPrice === undefined ? {} : { stopPrice }),
    ...(stopLoss === undefined ? {} : { stopLoss }),
    ...(takeProfit === undefined ? {} : { takeProfit }),
  };
}

function parsed<T>(line: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    return fail(line, error instanceof Error ? error.message : String(error));
  }
}
