import { z } from 'zod';
import { type Decimal, parseDecimal } from '../model/decimal.ts';
import { parseDuration } from '../model/time.ts';
import { type TimeUs, timeUs } from '../model/units.ts';

/**
 * The leaves of the configuration's schema. They check and never change: what passes is the
 * effective configuration, text for text. The kind of a failed check becomes the end of its code.
 */

const DECIMAL = /^-?\d{1,30}(\.\d{1,18})?$/;
const SPAN = /^\d{1,9}(us|ms|s|m|h|d)$/;
const BYTES = /^(\d{1,9})(KiB|MiB|GiB|TiB)$/;
const UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/;
const SYMBOL = /^[A-Z][A-Z0-9_.-]{1,23}$/;
const CURRENCY = /^[A-Z][A-Z0-9]{1,11}$/;

/** First and last moment that a calendar can be compiled for: configurations stay within. */
export const CALENDAR_YEAR_FIRST = 2000;
export const CALENDAR_YEAR_END = 2050;

/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const left = a.coefficient * 10n ** BigInt(b.decimals);
  const right = b.coefficient * 10n ** BigInt(a.decimals);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Bounds of a number, as decimal text. */
export interface DecimalBounds {
  /** Least value allowed. */
  readonly min?: string;
  /** The value must be larger. */
  readonly above?: string;
  readonly max?: string;
  /** Digits after the point. */
  readonly decimals?: number;
}

function decimalProblem(
  text: string,
  bounds: DecimalBounds,
): readonly [string, string] | undefined {
  const { min, above, max, decimals } = bounds;
  const value = parseDecimal(text);
  const compared = (bound: string): number => compareDecimals(value, parseDecimal(bound));
  if (min !== undefined && compared(min) < 0) return ['range', `must be at least ${min}`];
  if (above !== undefined && compared(above) <= 0) return ['range', `must be above ${above}`];
  if (max !== undefined && compared(max) > 0) return ['range', `must be at most ${max}`];
  if (decimals !== undefined && value.decimals > decimals) {
    return ['too_fine', `has more than ${decimals} digits after the point`];
  }
  return undefined;
}

/** A decimal number as text, exact: `"0.5"`. */
export function decimal(bounds: DecimalBounds = {}) {
  return z
    .string()
    .regex(DECIMAL, 'must be a plain decimal number as text, such as "12.50"')
    .superRefine((text, context) => {
      const problem = DECIMAL.test(text) ? decimalProblem(text, bounds) : undefined;
      if (problem === undefined) return;
      const [kind, message] = problem;
      context.addIssue({ code: 'custom', params: { kind }, message });
    });
}

/** Microseconds of a span that has passed {@link span}. */
export function spanUs(text: string): number {
  const us = parseDuration(text);
  if (us === undefined) throw new RangeError(`not a span of time: ${text}`);
  return us;
}

/** A span of time: a whole number and `us ms s m h d`. */
export function span(min: string, max: string) {
  return z
    .string()
    .regex(SPAN, 'must be a span of time such as "250ms", "1m" or "24h"')
    .superRefine((text, context) => {
      if (!SPAN.test(text)) return;
      const us = spanUs(text);
      if (us >= spanUs(min) && us <= spanUs(max)) return;
      const message = `must lie between ${min} and ${max}`;
      context.addIssue({ code: 'custom', params: { kind: 'range' }, message });
    });
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Bytes of a size that has passed {@link byteSize}. */
export function bytesOf(text: string): number {
  const [, count, unit = ''] = BYTES.exec(text) ?? [];
  const each = UNIT_BYTES[unit];
  if (count === undefined || each === undefined) throw new RangeError(`not a size: ${text}`);
  return Number(count) * each;
}

/** A size in bytes: a whole number and `KiB MiB GiB TiB`. */
export function byteSize(min: string, max: string) {
  return z
    .string()
    .regex(BYTES, 'must be a size such as "512MiB" or "10GiB"')
    .superRefine((text, context) => {
      if (!BYTES.test(text)) return;
      const bytes = bytesOf(text);
      if (bytes >= bytesOf(min) && bytes <= bytesOf(max)) return;
      const message = `must lie between ${min} and ${max}`;
      context.addIssue({ code: 'custom', params: { kind: 'range' }, message });
    });
}

/** A moment that has passed {@link utcTime}; `undefined` for a date or time that does not exist. */
export function parseUtc(text: string): TimeUs | undefined {
  if (!UTC_TIME.test(text)) return undefined;
  try {
    const nanoseconds = Temporal.Instant.from(text).epochNanoseconds;
    // Temporal takes a leap second for the second before it: that is another time.
    return text.includes(':60') ? undefined : timeUs(Number(nanoseconds / 1000n));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A moment in UTC, to the microsecond. */
export function utcTime() {
  return z
    .string()
    .regex(UTC_TIME, 'must be a time in UTC such as "2024-01-31T13:30:00Z"')
    .superRefine((text, context) => {
      if (!UTC_TIME.test(text)) return;
      const add = (kind: string, message: string): void =>
        context.addIssue({ code: 'custom', params: { kind }, message });
      const year = Number(text.slice(0, 4));
      if (parseUtc(text) === undefined) add('format', 'is no date and time that exists');
      else if (year < CALENDAR_YEAR_FIRST || year >= CALENDAR_YEAR_END) {
        add('range', `must lie in ${CALENDAR_YEAR_FIRST} … ${CALENDAR_YEAR_END - 1}`);
      }
    });
}

export function symbol() {
  return z.string().regex(SYMBOL, 'must be a symbol such as "EURUSD": upper case, at most 24');
}

export function currency() {
  return z.string().regex(CURRENCY, 'must be a currency such as "USD": upper case, at most 12');
}

/** A file name or path; relative ones are meant from the configuration file. */
export function path() {
  return z
    .string()
    .min(1)
    .refine((text) => !text.includes('\0'), { params: { kind: 'format' }, message: 'holds a NUL' });
}
