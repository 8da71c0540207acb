import type { TimeUs } from '../../model/units.ts';

const SECOND_US = 1_000_000;
const DAY_SECONDS = 86_400;

/** Seconds of each span; days, weeks and months are told apart by their letters. */
export const GRANULARITIES = {
  S5: 5,
  S10: 10,
  S15: 15,
  S30: 30,
  M1: 60,
  M2: 120,
  M4: 240,
  M5: 300,
  M10: 600,
  M15: 900,
  M30: 1800,
  H1: 3600,
  H2: 7200,
  H3: 10_800,
  H4: 14_400,
  H6: 21_600,
  H8: 28_800,
  H12: 43_200,
  D: DAY_SECONDS,
  W: 7 * DAY_SECONDS,
  M: 31 * DAY_SECONDS,
} as const;
export type Granularity = keyof typeof GRANULARITIES;

export function isGranularity(text: string): text is Granularity {
  return Object.hasOwn(GRANULARITIES, text);
}

const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;

/** How candles of more than an hour lie on the clock. */
export interface Alignment {
  readonly dailyHour: number;
  readonly timeZone: string;
  /** 1 Monday … 7 Sunday. */
  readonly weekday: number;
}

/** 1 Monday … 7 Sunday; `undefined` for what is no weekday. */
export function weekdayNumber(name: string): number | undefined {
  const names: readonly string[] = WEEKDAYS;
  const at = names.indexOf(name);
  return at < 0 ? undefined : at + 1;
}

function zoned(time: number, timeZone: string): Temporal.ZonedDateTime {
  const ms = Math.floor(time / 1000);
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
}

/** Start of the trading day that a time is in. */
function dayStart(time: number, { dailyHour, timeZone }: Alignment): Temporal.ZonedDateTime {
  const at = zoned(time, timeZone);
  const start = at.with({ hour: dailyHour, minute: 0, second: 0, millisecond: 0 });
  return Temporal.ZonedDateTime.compare(start, at) > 0 ? start.subtract({ days: 1 }) : start;
}

function micros(at: Temporal.ZonedDateTime): TimeUs {
  return (at.epochMilliseconds * 1000) as TimeUs;
}

/** Start of the candle that a time is in, µs. */
export function candleStart(time: number, granularity: Granularity, alignment: Alignment): TimeUs {
  const seconds = GRANULARITIES[granularity];
  const span = seconds * SECOND_US;
  if (seconds <= GRANULARITIES.H1) return (Math.floor(time / span) * span) as TimeUs;
  const day = dayStart(time, alignment);
  switch (granularity) {
    case 'D':
      return micros(day);
    case 'W': {
      const back = (day.dayOfWeek - alignment.weekday + 7) % 7;
      return micros(day.subtract({ days: back }));
    }
    case 'M':
      return micros(day.with({ day: 1 }));
    default: {
      const start = micros(day);
      return (start + Math.floor((time - start) / span) * span) as TimeUs;
    }
  }
}

/** Start of the candle behind the one that begins at `start`. */
export function nextStart(start: TimeUs, granularity: Granularity, alignment: Alignment): TimeUs {
  const span = GRANULARITIES[granularity] * SECOND_US;
  if (GRANULARITIES[granularity] <= GRANULARITIES.H1) return (start + span) as TimeUs;
  const at = zoned(start, alignment.timeZone);
  switch (granularity) {
    case 'D':
      return micros(at.add({ days: 1 }));
    case 'W':
      return micros(at.add({ days: 7 }));
    case 'M':
      return micros(at.add({ months: 1 }));
    default: {
      const day = micros(dayStart(start, alignment).add({ days: 1 }));
      return Math.min(start + span, day) as TimeUs;
    }
  }
}
