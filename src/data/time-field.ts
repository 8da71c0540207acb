import { unreachable } from '../model/assert.ts';
import {
  daysFromCivil,
  daysInMonth,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
} from '../model/time.ts';
import { BAD } from './bad-rows.ts';
import type { TimeNotation } from './delimited-format.ts';
import type { ZoneClock } from './zone-clock.ts';

const ZERO = 48;
const DOT = 46;
const COLON = 58;
const DASH = 45;
const PLUS = 43;
const SPACE = 32;
const LETTER_T = 84;
const LETTER_Z = 90;
/** Times are exact integers as `number` up to here: the year 2255. */
const TIME_MAX = Number.MAX_SAFE_INTEGER;
const MS_PER_DAY = 86_400_000;

/** 10^digits for the few exponents that arise. */
const POWERS = Float64Array.from({ length: 19 }, (_, digits) => 10 ** digits);

interface EpochUnit {
  readonly us: number;
  /** Digits of a fraction that count: the rest is below a microsecond. */
  readonly fractionDigits: number;
}

const EPOCH_UNITS: Readonly<Partial<Record<TimeNotation, EpochUnit>>> = {
  epoch_s: { us: 1_000_000, fractionDigits: 6 },
  epoch_ms: { us: 1_000, fractionDigits: 3 },
  epoch_us: { us: 1, fractionDigits: 0 },
  ms_of_day: { us: 1_000, fractionDigits: 3 },
};

/** A file's times as digits alone: `digits × unitUs + baseUs`, up to `limitUs` before the base. */
export interface PlainTime {
  readonly unitUs: number;
  readonly baseUs: number;
  readonly limitUs: number;
}

/** True when `count` digits stand from `at`. */
function areDigits(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = 0; i < count; i += 1) {
    if (((bytes[at + i] as number) - ZERO) >>> 0 > 9) return false;
  }
  return true;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) - ZERO) * 10 + (bytes[at + 1] as number) - ZERO;
}

/**
 * The time column: a field in one notation to µs UTC. Works like the parsers of `decimal-field.ts`:
 * position in, position or {@link BAD} out, value into the column.
 */
export class TimeField {
  readonly #notation: TimeNotation;
  readonly #clock: ZoneClock;
  readonly #spaceAllowed: boolean;
  readonly #unitUs: number = 0;
  readonly #fractionDigits: number = 0;
  /** Wall time of 00:00 on the file's day, for `ms_of_day`. */
  #dayWallUs = 0.5;
  /** The date of the last row, as digits and as wall time of its 00:00: most rows share it. */
  #dateKey = -1;
  #dateWallUs = 0.5;

  /** `spaceAllowed` is false where a space divides columns. */
  constructor(notation: TimeNotation, clock: ZoneClock, spaceAllowed: boolean) {
    this.#notation = notation;
    this.#clock = clock;
    this.#spaceAllowed = spaceAllowed;
    const unit = EPOCH_UNITS[notation];
    this.#unitUs = unit?.us ?? 1;
    this.#fractionDigits = unit?.fractionDigits ?? 0;
  }

  /** Sets the day that `ms_of_day` counts from. */
  beginFile(dayWallUs: number): void {
    this.#dayWallUs = dayWallUs;
  }

  /** How whole numbers are to be read in this file; undefined where that depends on more. */
  get plain(): PlainTime | undefined {
    if (this.#notation === 'ms_of_day') {
      const offsetUs = this.#clock.fixedOffsetUs;
      const baseUs = this.#dayWallUs - (offsetUs ?? 0);
      if (offsetUs === undefined || baseUs < 0) return undefined;
      return { unitUs: 1000, baseUs, limitUs: (MS_PER_DAY - 1) * 1000 };
    }
    if (EPOCH_UNITS[this.#notation] === undefined) return undefined;
    return { unitUs: this.#unitUs, baseUs: 0, limitUs: TIME_MAX };
  }

  parse(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    switch (this.#notation) {
      case 'epoch_s':
      case 'epoch_ms':
      case 'epoch_us':
        return this.#counted(bytes, from, column, row);
      case 'epoch_ns':
        return this.#nanoseconds(bytes, from, column, row);
      case 'ms_of_day':
        return this.#ofDay(bytes, from, column, row);
      case 'iso':
      case 'iso_minute':
      case 'iso_date':
        return this.#iso(bytes, from, column, row);
      case 'compact':
      case 'compact_minute':
        return this.#compact(bytes, from, column, row);
      case 'day_first':
        return this.#dayFirst(bytes, from, column, row);
      default:
        return unreachable(this.#notation);
    }
  }

  /** An integer with an optional fraction, in units of 1 µs, 1 ms or 1 s. */
  #counted(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    let at = from;
    let high = 0;
    let digit = (bytes[at] as number) - ZERO;
    const middle = from + 9;
    while (digit >>> 0 <= 9 && at < middle) {
      high = (high * 10 + digit) | 0;
      at += 1;
      digit = (bytes[at] as number) - ZERO;
    }
    let low = 0;
    const last = from + 18;
    while (digit >>> 0 <= 9 && at < last) {
      low = (low * 10 + digit) | 0;
      at += 1;
      digit = (bytes[at] as number) - ZERO;
    }
    if (at === from) return BAD.unparseable;
    if (digit >>> 0 <= 9) return BAD.out_of_range;
    const whole = at > middle ? high * (POWERS[at - middle] as number) + low : high;
    let value = whole * this.#unitUs;
    if (digit === DOT - ZERO) {
      const dot = at;
      at = this.#skipDigits(bytes, dot + 1);
      if (at === dot + 1) return BAD.unparseable;
      value += this.#fraction(bytes, dot + 1, at, this.#fractionDigits);
    }
    // Beyond 2^53 the sum may have been rounded, but never back below it.
    if (value > TIME_MAX) return BAD.out_of_range;
    column[row] = value;
    return at;
  }

  #skipDigits(bytes: Uint8Array, from: number): number {
    let at = from;
    while (((bytes[at] as number) - ZERO) >>> 0 <= 9) at += 1;
    return at;
  }

  /** The first `digits` digits in [from, to) as an integer, as if zeros followed. */
  #fraction(bytes: Uint8Array, from: number, to: number, digits: number): number {
    let value = 0;
    for (let at = from; at < from + digits; at += 1) {
      value = value * 10 + (at < to ? (bytes[at] as number) - ZERO : 0);
    }
    return value;
  }

  /** Nanoseconds have more digits than a number holds: the last three are cut before adding up. */
  #nanoseconds(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    const end = this.#skipDigits(bytes, from);
    if (end === from) return BAD.unparseable;
    if (end - from > 19) return BAD.out_of_range;
    let value = 0;
    for (let at = from; at < end - 3; at += 1) value = value * 10 + (bytes[at] as number) - ZERO;
    if (value > TIME_MAX) return BAD.out_of_range;
    column[row] = value;
    if (bytes[end] !== DOT) return end;
    const fractionEnd = this.#skipDigits(bytes, end + 1);
    return fractionEnd === end + 1 ? BAD.unparseable : fractionEnd;
  }

  #ofDay(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    const end = this.#counted(bytes, from, column, row);
    if (end < 0) return end;
    const ofDay = column[row] as number;
    if (ofDay >= MS_PER_DAY * 1000) return BAD.out_of_range;
    column[row] = this.#dayWallUs + ofDay;
    return this.#finish(column, row, end);
  }

  /** Wall time to UTC. */
  #finish(column: Float64Array, row: number, end: number): number {
    if (!this.#clock.toUtcAt(column, row)) return BAD.out_of_range;
    return this.#checked(column, row, end);
  }

  /** `end`, unless the time lies outside 1970 to 2255. */
  #checked(column: Float64Array, row: number, end: number): number {
    const time = column[row] as number;
    return time >= 0 && time <= TIME_MAX ? end : BAD.out_of_range;
  }

  /** Puts 00:00 of the date into the column; false for a date that does not exist. */
  #date(year: number, month: number, day: number, column: Float64Array, row: number): boolean {
    const key = (year * 100 + month) * 100 + day;
    if (key !== this.#dateKey) {
      if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return false;
      this.#dateKey = key;
      this.#dateWallUs = daysFromCivil(year, month, day) * US_PER_DAY;
    }
    column[row] = this.#dateWallUs;
    return true;
  }

  #dividesDateAndTime(byte: number): boolean {
    return byte === LETTER_T || (byte === SPACE && this.#spaceAllowed);
  }

  /** Adds hours, minutes and seconds; false for a time that does not exist. */
  #addTime(hour: number, minute: number, second: number, column: Float64Array, row: number) {
    if (hour > 23 || minute > 59 || second > 59) return false;
    const date = column[row] as number;
    column[row] = date + hour * US_PER_HOUR + minute * US_PER_MINUTE + second * 1_000_000;
    return true;
  }

  /** `.123456789` at `at`, if there: adds its microseconds. Returns the position after it. */
  #addFraction(bytes: Uint8Array, at: number, column: Float64Array, row: number): number {
    if (bytes[at] !== DOT) return at;
    const end = this.#skipDigits(bytes, at + 1);
    if (end === at + 1) return BAD.unparseable;
    column[row] = (column[row] as number) + this.#fraction(bytes, at + 1, end, 6);
    return end;
  }

  /** `hh:mm:ss` with an optional fraction. */
  #clockTime(bytes: Uint8Array, at: number, column: Float64Array, row: number): number {
    const shaped =
      areDigits(bytes, at, 2) &&
      bytes[at + 2] === COLON &&
      areDigits(bytes, at + 3, 2) &&
      bytes[at + 5] === COLON &&
      areDigits(bytes, at + 6, 2);
    if (!shaped) return BAD.unparseable;
    const hour = twoDigits(bytes, at);
    const minute = twoDigits(bytes, at + 3);
    const second = twoDigits(bytes, at + 6);
    if (!this.#addTime(hour, minute, second, column, row)) return BAD.out_of_range;
    return this.#addFraction(bytes, at + 8, column, row);
  }

  /** `hh:mm`, of a bar whose seconds are not worth a word. */
  #minuteTime(bytes: Uint8Array, at: number, column: Float64Array, row: number): number {
    const shaped =
      areDigits(bytes, at, 2) && bytes[at + 2] === COLON && areDigits(bytes, at + 3, 2);
    if (!shaped) return BAD.unparseable;
    const hour = twoDigits(bytes, at);
    const minute = twoDigits(bytes, at + 3);
    return this.#addTime(hour, minute, 0, column, row) ? at + 5 : BAD.out_of_range;
  }

  /** `2013-01-01 22:00:00.295000+00:00`, `2013-01-01 22:00` or `2013-01-01` */
  #iso(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    const shaped =
      areDigits(bytes, from, 4) &&
      bytes[from + 4] === DASH &&
      areDigits(bytes, from + 5, 2) &&
      bytes[from + 7] === DASH &&
      areDigits(bytes, from + 8, 2);
    if (!shaped) return BAD.unparseable;
    const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2);
    const month = twoDigits(bytes, from + 5);
    const day = twoDigits(bytes, from + 8);
    const dateEnd = from + 10;
    const isDate = this.#notation === 'iso_date';
    if (!isDate && !this.#dividesDateAndTime(bytes[dateEnd] as number)) return BAD.unparseable;
    if (!this.#date(year, month, day, column, row)) return BAD.out_of_range;
    if (isDate) return this.#finish(column, row, dateEnd);
    if (this.#notation === 'iso_minute') {
      const end = this.#minuteTime(bytes, dateEnd + 1, column, row);
      return end < 0 ? end : this.#finish(column, row, end);
    }
    const end = this.#clockTime(bytes, dateEnd + 1, column, row);
    if (end < 0) return end;
    const mark = bytes[end] as number;
    if (mark === LETTER_Z) return this.#checked(column, row, end + 1);
    if (mark === PLUS || mark === DASH) return this.#offset(bytes, end, column, row);
    return this.#finish(column, row, end);
  }

  /** `30.01.2020 15:27:51.336` */
  #dayFirst(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    const shaped =
      areDigits(bytes, from, 2) &&
      bytes[from + 2] === DOT &&
      areDigits(bytes, from + 3, 2) &&
      bytes[from + 5] === DOT &&
      areDigits(bytes, from + 6, 4) &&
      this.#dividesDateAndTime(bytes[from + 10] as number);
    if (!shaped) return BAD.unparseable;
    const year = twoDigits(bytes, from + 6) * 100 + twoDigits(bytes, from + 8);
    const month = twoDigits(bytes, from + 3);
    const day = twoDigits(bytes, from);
    if (!this.#date(year, month, day, column, row)) return BAD.out_of_range;
    const end = this.#clockTime(bytes, from + 11, column, row);
    return end < 0 ? end : this.#finish(column, row, end);
  }

  /** `+hh:mm`, `+hhmm` or `+hh` at `at`. */
  #offset(bytes: Uint8Array, at: number, column: Float64Array, row: number): number {
    if (!areDigits(bytes, at + 1, 2)) return BAD.unparseable;
    const hours = twoDigits(bytes, at + 1);
    let end = at + 3;
    let minutes = 0;
    const colon = bytes[end] === COLON ? 1 : 0;
    if (areDigits(bytes, end + colon, 2)) {
      minutes = twoDigits(bytes, end + colon);
      end += colon + 2;
    }
    if (hours > 23 || minutes > 59) return BAD.out_of_range;
    const offset = hours * US_PER_HOUR + minutes * US_PER_MINUTE;
    const wall = column[row] as number;
    column[row] = bytes[at] === DASH ? wall + offset : wall - offset;
    return this.#checked(column, row, end);
  }

  /** `20200130 15:27:51.336`, without colons `20200130 152751336`, or `20200130 15:27`. */
  #compact(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    if (!areDigits(bytes, from, 8)) return BAD.unparseable;
    if (!this.#dividesDateAndTime(bytes[from + 8] as number)) return BAD.unparseable;
    const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2);
    const month = twoDigits(bytes, from + 4);
    const day = twoDigits(bytes, from + 6);
    if (!this.#date(year, month, day, column, row)) return BAD.out_of_range;
    const at = from + 9;
    let end = BAD.unparseable as number;
    if (this.#notation === 'compact_minute') end = this.#minuteTime(bytes, at, column, row);
    else if (bytes[at + 2] === COLON) end = this.#clockTime(bytes, at, column, row);
    else if (areDigits(bytes, at, 6)) end = this.#closeTime(bytes, at, column, row);
    return end < 0 ? end : this.#finish(column, row, end);
  }

  /** `hhmmss`, then `.fff` or the digits of the fraction with no point. */
  #closeTime(bytes: Uint8Array, at: number, column: Float64Array, row: number): number {
    const hour = twoDigits(bytes, at);
    const minute = twoDigits(bytes, at + 2);
    const second = twoDigits(bytes, at + 4);
    if (!this.#addTime(hour, minute, second, column, row)) return BAD.out_of_range;
    const end = this.#skipDigits(bytes, at + 6);
    if (end === at + 6) return this.#addFraction(bytes, end, column, row);
    column[row] = (column[row] as number) + this.#fraction(bytes, at + 6, end, 6);
    return end;
  }
}
