import { divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import { present } from '../../model/assert.ts';
import { DecimalError, formatScaled, parseDecimal } from '../../model/decimal.ts';
import {
  formatPrice,
  formatQuantity,
  type Instrument,
  parsePrice,
  parseQuantity,
} from '../../model/instrument.ts';
import { formatUtc } from '../../model/time.ts';
import type { InstrumentIndex, Price, Quantity, TimeUs } from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';

const RATE_DECIMALS = 15;
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const UNIX = /^(\d{1,10})(?:\.(\d{1,9}))?$/;

/** `EUR_USD`. */
export function wireName({ base, quote }: Instrument): string {
  return `${base}_${quote}`;
}

/** `2026-11-22T21:00:00.123456000Z`. */
export function wireTime(time: TimeUs): string {
  return `${formatUtc(time).slice(0, -1)}000Z`;
}

/** µs of a time in either notation, cut below a microsecond; `undefined` when it is none. */
export function parseWireTime(text: string): TimeUs | undefined {
  const unix = UNIX.exec(text);
  if (unix !== null) return (Number(unix[1]) * 1_000_000 + micros(unix[2])) as TimeUs;
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  return Number.isNaN(ms) ? undefined : ((ms * 1000 + micros(match[2])) as TimeUs);
}

function micros(fraction = ''): number {
  return Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** Why a number of a request cannot be taken. */
export type NumberFault = 'malformed' | 'precision' | 'invalid';

/** Counts of increments inside, decimal strings outside. */
export class Format {
  readonly instruments: readonly Instrument[];
  readonly decimals: number = 0;
  readonly #byName: ReadonlyMap<string, InstrumentIndex>;

  constructor(instruments: readonly Instrument[], decimals: number) {
    this.instruments = instruments;
    this.decimals = decimals;
    this.#byName = new Map(instruments.map((one, k) => [wireName(one), k as InstrumentIndex]));
  }

  instrument(k: number): Instrument {
    return present(this.instruments[k], 'instrument');
  }

  find(name: string): InstrumentIndex | undefined {
    return this.#byName.get(name);
  }

  name(k: number): string {
    return wireName(this.instrument(k));
  }

  price(k: number, count: number): string {
    return formatPrice(this.instrument(k), count as Price);
  }

  units(k: number, count: number): string {
    return formatQuantity(this.instrument(k), count as Quantity);
  }

  money(amount: bigint): string {
    return formatScaled(amount, this.decimals);
  }

  /** Quote currency to account currency, to fifteen decimals. */
  rate({ numerator, denominator }: Rate): string {
    const scaled = BigInt(numerator) * powerOfTen(RATE_DECIMALS);
    const text = formatScaled(divideRounded(scaled, BigInt(denominator)), RATE_DECIMALS);
    return text.replace(/\.?0+$/, '');
  }

  /** A positive price, or distance of prices, as its count. */
  parsePrice(k: number, text: string): Price | NumberFault {
    return parsed(text, () => parsePrice(this.instrument(k), text));
  }

  /** Signed units as their count; zero is invalid. */
  parseUnits(k: number, text: string): Quantity | NumberFault {
    const count = parsed(text, () => parseQuantity(this.instrument(k), text));
    return count === 0 ? 'invalid' : count;
  }
}

function parsed<T>(text: string, parse: () => T): T | NumberFault {
  let isSome = false;
  try {
    isSome = parseDecimal(text).coefficient !== 0n;
    return parse();
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    if (error.message.startsWith('not a plain')) return 'malformed';
    return isSome && error.message.includes('multiple') ? 'precision' : 'invalid';
  }
}
