import { isZone } from '../data/zone-clock.ts';
import { divideExact } from '../model/arithmetic.ts';
import { parseDecimal } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';
import { daysInMonth } from '../model/time.ts';
import { CATALOGUE } from './catalogue.ts';
import {
  type InstrumentFile,
  type InstrumentSpec,
  instrumentFileSchema,
} from './instrument-schema.ts';
import type { IssueList, IssueSource, JsonPath } from './issue.ts';
import type { JsonText } from './json-text.ts';
import { addSchemaIssues } from './schema-issues.ts';
import { CALENDAR_YEAR_END, CALENDAR_YEAR_FIRST } from './schema-parts.ts';

/** The instruments that a configuration may name, by symbol. */
export type InstrumentBook = ReadonlyMap<string, InstrumentSpec>;

/** The built-in instruments. */
export function builtInInstruments(): InstrumentBook {
  return new Map([...CATALOGUE].map(([symbol, { instrument }]) => [symbol, instrument]));
}

/** Built-in instruments and those of a user's file. Adds an issue for whatever is wrong with it. */
export function withInstrumentFile(source: JsonText, issues: IssueList): InstrumentBook {
  const result = instrumentFileSchema.safeParse(source.value);
  if (!result.success) {
    addSchemaIssues(result.error, source.value, source, issues);
    return builtInInstruments();
  }
  const book = new Map(builtInInstruments());
  const own = new Set<string>();
  for (const [at, entry] of result.data.instruments.entries()) {
    const { override, ...spec } = entry;
    const path = ['instruments', at];
    checkSymbol(entry, own, source, path, issues);
    checkInstrument(spec, source, path, issues);
    own.add(spec.symbol);
    book.set(spec.symbol, spec);
  }
  return book;
}

function checkSymbol(
  { symbol, override }: InstrumentFile['instruments'][number],
  own: ReadonlySet<string>,
  source: IssueSource,
  path: JsonPath,
  issues: IssueList,
): void {
  if (own.has(symbol)) {
    issues.add(source, [...path, 'symbol'], 'duplicate', `${symbol} is defined twice`);
  } else if (CATALOGUE.has(symbol) && !override) {
    const message = `${symbol} is built in: say "override": true to replace it`;
    issues.add(source, [...path, 'symbol'], 'built_in', message);
  } else if (override && !CATALOGUE.has(symbol)) {
    const message = `there is no built-in ${symbol} to override`;
    issues.add(source, [...path, 'override'], 'unknown', message);
  }
}

/** What the schema alone cannot see. */
export function checkInstrument(
  spec: InstrumentSpec,
  source: IssueSource,
  path: JsonPath,
  issues: IssueList,
): void {
  if (!isMultiple(spec.pipSize, spec.priceIncrement)) {
    const message = `${spec.pipSize} is not a multiple of the price increment`;
    issues.add(source, [...path, 'pipSize'], 'off_increment', message);
  }
  if (spec.base === spec.quote) {
    issues.add(source, [...path, 'quote'], 'same', 'base and quote are the same');
  }
  const { timeZone, holidays } = spec.sessions;
  if (!isZone(timeZone)) {
    const message = `unknown time zone "${timeZone}"`;
    issues.add(source, [...path, 'sessions', 'timeZone'], 'unknown', message);
  }
  for (const [at, holiday] of holidays.entries()) {
    if (dateExists(holiday)) continue;
    issues.add(source, [...path, 'sessions', 'holidays', at], 'format', `no date: "${holiday}"`);
  }
}

/** True when `text` is a whole number of steps; both have passed the schema. */
export function isMultiple(text: string, step: string): boolean {
  const value = parseDecimal(text);
  const unit = parseDecimal(step);
  const scaled = value.coefficient * 10n ** BigInt(unit.decimals);
  return divideExact(scaled, unit.coefficient * 10n ** BigInt(value.decimals)) !== undefined;
}

/** Of `YYYY-MM-DD`, or of `MM-DD` in any year. */
function dateExists(text: string): boolean {
  const [day, month, year] = text.split('-').map(Number).reverse();
  // A leap year, for a yearly date.
  return (day ?? 0) <= daysInMonth(year ?? 2000, month ?? 1);
}

/** Yearly dates (`12-25`) as dates of every year for which calendars can be compiled. */
function expandHolidays(holidays: readonly string[]): string[] {
  return holidays
    .flatMap((holiday) => (holiday.length > 5 ? [holiday] : everyYear(holiday)))
    .sort();
}

function everyYear(monthDay: string): string[] {
  const [month, day] = monthDay.split('-').map(Number);
  const dates: string[] = [];
  for (let year = CALENDAR_YEAR_FIRST; year < CALENDAR_YEAR_END; year++) {
    if ((day ?? 0) <= daysInMonth(year, month ?? 1)) dates.push(`${year}-${monthDay}`);
  }
  return dates;
}

/** The definition as the engine uses it. */
export function instrumentOf(spec: InstrumentSpec): Instrument {
  const { financing, sessions } = spec;
  return {
    symbol: spec.symbol,
    assetClass: spec.assetClass,
    base: spec.base,
    quote: spec.quote,
    priceIncrement: parseDecimal(spec.priceIncrement),
    sizeIncrement: parseDecimal(spec.sizeIncrement),
    pipSize: parseDecimal(spec.pipSize),
    contractSize: parseDecimal(spec.contractSize),
    marginRate: parseDecimal(spec.marginRate),
    sessions: { ...sessions, holidays: expandHolidays(sessions.holidays) },
    settlementLagDays: spec.settlementLagDays,
    ...(financing === undefined
      ? {}
      : {
          financing: {
            longRate: parseDecimal(financing.longRate),
            shortRate: parseDecimal(financing.shortRate),
            dayCount: financing.dayCount,
          },
        }),
  };
}
