import { type CalendarTable, indexAtOrBefore } from '../../market/calendar.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../../model/time.ts';
import { SLOT_US, SLOTS_PER_DAY, type Slots } from './slots.ts';

/** Whole and half hours up to this are tried, either way: 14 hours. */
const SHIFT_MAX = 28;
/** A closure as long as this is a weekend or a holiday, not a break. */
const LONG_CLOSURE_US = 20 * US_PER_HOUR;
/** A data end that names a close to within this is no accident. */
const EDGE_SLACK_US = 2 * US_PER_MINUTE;
/** Slots that a shift must explain better than the clock as declared: two edges, an hour each. */
const GAIN_MIN = 3.5;
/** The slot of the day with the widest spread must exceed the median slot by this factor. */
const PEAK_MIN = 1.2;
const PROFILE_SLOTS_MIN = 40;

export type ClockState = 'fits' | 'shifted' | 'unclear' | 'not_judged';

/** What the times of the quotes say about the clock that they were read with. */
export interface ClockVerdict {
  readonly state: ClockState;
  /** Minutes that the clock of the data is ahead of the declared one; −300 is five hours behind. */
  readonly shiftMinutes: number;
  readonly confidence: 'none' | 'low' | 'medium' | 'high';
  /** The shift follows the summer time of the session's zone: a wall clock. */
  readonly followsSummerTime: boolean;
  /** Plain sentences. */
  readonly evidence: readonly string[];
}

/** What is judged. Times in µs UTC as read. */
export interface ClockCase {
  readonly table: CalendarTable;
  readonly slots: Slots;
  readonly first: number;
  readonly last: number;
  /** Usual time between quotes: silences up to three times as long are none. */
  readonly spacingUs: number;
}

/** `+05:30` of minutes. */
export function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const hours = String(Math.floor(size / 60)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}:${String(size % 60).padStart(2, '0')}`;
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** How far the trading day's start lies in the UTC day, in slots: tells summer from winter. */
function dayPhase(table: CalendarTable, time: number): number {
  const at = indexAtOrBefore(table.dayStarts, time, 0);
  const start = table.dayStarts[Math.max(0, at)] ?? 0;
  return Math.round((start % US_PER_DAY) / SLOT_US);
}

/** Share of each slot that the session is open, from `SHIFT_MAX` slots before the first quote. */
function openShares(table: CalendarTable, firstSlot: number, length: number): Float64Array {
  const shares = new Float64Array(length);
  const end = (firstSlot + length) * SLOT_US;
  const { opens, closes } = table;
  const start = indexAtOrBefore(opens, firstSlot * SLOT_US, 0);
  for (let i = Math.max(0, start); i < opens.length && (opens[i] ?? end) < end; i++) {
    const [open, close] = [opens[i] ?? 0, closes[i] ?? 0];
    for (let k = Math.floor(open / SLOT_US) - firstSlot; k < length; k++) {
      const slot = (firstSlot + k) * SLOT_US;
      if (slot >= close) break;
      const share = (Math.min(close, slot + SLOT_US) - Math.max(open, slot)) / SLOT_US;
      if (k >= 0) shares[k] = (shares[k] ?? 0) + share;
    }
  }
  return shares;
}

/** Disagreement of the quotes with the sessions, in half hours, by shift and season. */
class Mismatch {
  /** Phases of the trading day that occur: one, or a summer's and a winter's. */
  readonly phases: readonly number[];
  readonly #costs: readonly Float64Array[];

  constructor({ table, slots, first, spacingUs }: ClockCase) {
    const length = slots.length;
    const open = openShares(table, slots.first - SHIFT_MAX, length + 2 * SHIFT_MAX);
    const busy: number[] = [];
    for (let i = 0; i < length; i++) if (slots.quotes(i) > 0) busy.push(slots.quotes(i));
    const usual = median(busy) ?? 1;
    const bridged = Math.floor((3 * spacingUs) / SLOT_US);
    const phases: number[] = [dayPhase(table, first)];
    const costs: Float64Array[] = [new Float64Array(2 * SHIFT_MAX + 1)];
    let silent = 0;
    for (let i = 0; i < length; i++) {
      const quotes = slots.quotes(i);
      silent = quotes > 0 ? 0 : silent + 1;
      if (silent > 0 && silent <= bridged) continue;
      const phase = dayPhase(table, (slots.first + i) * SLOT_US);
      if (!phases.includes(phase)) {
        phases.push(phase);
        costs.push(new Float64Array(2 * SHIFT_MAX + 1));
      }
      const cost = costs[phases.indexOf(phase)] as Float64Array;
      const weight = Math.min(1, quotes / usual);
      for (let k = 0; k <= 2 * SHIFT_MAX; k++) {
        const share = open[i + k] as number;
        cost[k] = (cost[k] as number) + (quotes > 0 ? weight * (1 - share) : share);
      }
    }
    this.phases = phases;
    this.#costs = costs;
  }

  /** Of adding `shift` slots to all times; or so many in the first season, moving with it. */
  cost(shift: number, moving = false): number {
    let sum = 0;
    this.phases.forEach((phase, i) => {
      const move = moving ? phase - (this.phases[0] ?? 0) : 0;
      sum += this.#costs[i]?.[shift + move + SHIFT_MAX] ?? Number.POSITIVE_INFINITY;
    });
    return sum;
  }

  best(moving: boolean): number {
    let best = 0;
    for (let size = 1; size <= SHIFT_MAX; size++) {
      for (const shift of [size, -size]) {
        if (this.cost(shift, moving) < this.cost(best, moving) - 1e-9) best = shift;
      }
    }
    return best;
  }
}

/**
 * The shift that puts the daily widening of spreads at the trading day's start, in slots;
 * `undefined` where no hour of the day stands out. A slot's spread is the median over its days, so
 * that one day's news makes no peak. Days of the first season alone.
 */
export function rolloverShift({ table, slots, first }: ClockCase): number | undefined {
  const phase = dayPhase(table, first);
  const byPhase: number[][] = Array.from({ length: SLOTS_PER_DAY }, () => []);
  for (let i = 0; i < slots.length; i++) {
    const spread = slots.spread(i);
    const slot = slots.first + i;
    if (spread === undefined || dayPhase(table, slot * SLOT_US) !== phase) continue;
    byPhase[slot % SLOTS_PER_DAY]?.push(spread);
  }
  const profile = byPhase.map((spreads) => median(spreads));
  const known = profile.filter((one) => one !== undefined);
  const usual = median(known) ?? 0;
  if (known.length < PROFILE_SLOTS_MIN || !(usual > 0)) return undefined;
  let peak = 0;
  profile.forEach((spread, at) => {
    if ((spread ?? 0) > (profile[peak] ?? 0)) peak = at;
  });
  if ((profile[peak] ?? 0) < usual * PEAK_MIN) return undefined;
  const shift = (phase - peak + SLOTS_PER_DAY) % SLOTS_PER_DAY;
  return shift > SLOTS_PER_DAY / 2 ? shift - SLOTS_PER_DAY : shift;
}

/** A shift by which the data's end (or start) is exactly the session's, in slots. */
export interface EdgeHint {
  readonly shift: number;
  readonly what: 'end' | 'start';
  /** The close or opening, µs UTC. */
  readonly at: number;
}

/** Long closures whose close, or opening, lies within the tried shifts of a time. */
function edgeOf(table: CalendarTable, time: number, what: 'end' | 'start'): EdgeHint | undefined {
  const { opens, closes } = table;
  const reach = SHIFT_MAX * SLOT_US + EDGE_SLACK_US;
  const last = indexAtOrBefore(opens, time + reach, 0);
  for (let i = last; i >= 0; i--) {
    const at = what === 'end' ? closes[i] : opens[i];
    const other = what === 'end' ? opens[i + 1] : closes[i - 1];
    if (at === undefined || at < time - reach) return undefined;
    if (at > time + reach || other === undefined) continue;
    if (Math.abs(other - at) < LONG_CLOSURE_US) continue;
    const shift = Math.round((at - time) / SLOT_US);
    const off = at - time - shift * SLOT_US;
    // Quotes end shortly before the close and begin shortly after the opening.
    const fits =
      what === 'end' ? off >= 0 && off <= EDGE_SLACK_US : off <= 0 && -off <= EDGE_SLACK_US;
    if (fits) return { shift, what, at };
  }
  return undefined;
}

/** Both ends of the data, where they lie at the end or start of a session. */
export function edgeHints({ table, first, last }: ClockCase): EdgeHint[] {
  return [edgeOf(table, last, 'end'), edgeOf(table, first, 'start')].filter(
    (hint) => hint !== undefined,
  );
}

/** True when the calendar has a long closure that begins and ends between the quotes. */
function closuresInside({ opens, closes }: CalendarTable, first: number, last: number): number {
  let count = 0;
  for (let i = Math.max(0, indexAtOrBefore(opens, first, 0)); i + 1 < opens.length; i++) {
    const close = closes[i] ?? 0;
    const open = opens[i + 1] ?? 0;
    if (open > last) return count;
    if (open - close >= LONG_CLOSURE_US && close > first) count += 1;
  }
  return count;
}

/** Two shifts that put one hour of the day to the same place, give or take half an hour. */
function sameHour(a: number, b: number): boolean {
  const apart = Math.abs(a - b) % SLOTS_PER_DAY;
  return Math.min(apart, SLOTS_PER_DAY - apart) <= 1;
}

function closedWeekends(count: number): string {
  return count === 1 ? 'a closed weekend' : `${count} closed weekends`;
}

function hoursText(slots: number): string {
  return `${Math.round(slots * 5) / 10} h`;
}

interface Finding {
  readonly shift: number;
  readonly moving: boolean;
  readonly confidence: 'low' | 'medium' | 'high';
  readonly evidence: readonly string[];
}

/** What the weekends within the data say; `undefined` when they fit, or say nothing. */
function byWeekends(mismatch: Mismatch, weekends: number, rollover: number | undefined) {
  const fixed = mismatch.best(false);
  const moving = mismatch.phases.length > 1 ? mismatch.best(true) : fixed;
  const follows = mismatch.cost(moving, true) < mismatch.cost(fixed) - GAIN_MIN;
  const shift = follows ? moving : fixed;
  const declared = mismatch.cost(0);
  const left = mismatch.cost(shift, follows);
  if (shift === 0 && !follows) return undefined;
  if (declared - left < GAIN_MIN || left > declared / 2) return undefined;
  const agrees = rollover !== undefined && sameHour(rollover, shift);
  const differs = rollover !== undefined && !agrees;
  const strong = weekends > 1 || agrees;
  const confidence = differs ? 'low' : strong ? 'high' : 'medium';
  const evidence = [
    `over ${closedWeekends(weekends)}, quotes and sessions disagree for ` +
      `${hoursText(declared)} as declared, for ${hoursText(left)} with the shift`,
    ...rolloverSentence(rollover, shift),
  ];
  return { shift, moving: follows, confidence, evidence } satisfies Finding;
}

function rolloverSentence(rollover: number | undefined, shift: number): string[] {
  if (rollover === undefined) return [];
  const fits = sameHour(rollover, shift);
  return [
    `spreads are widest each day where a clock of UTC${offsetText(-rollover * 30)} has the start ` +
      `of the trading day, which ${fits ? 'agrees' : 'does not agree'}`,
  ];
}

/** One end of the data at a close, with the daily widening of spreads saying the same. */
function byEdge(
  hints: readonly EdgeHint[],
  mismatch: Mismatch,
  rollover: number | undefined,
): Finding | undefined {
  if (rollover === undefined) return undefined;
  const hint = hints.find(({ shift }) => shift !== 0 && sameHour(rollover, shift));
  if (hint === undefined || mismatch.cost(hint.shift) > mismatch.cost(0)) return undefined;
  const where =
    hint.what === 'end' ? 'end within two minutes of a' : 'start within two minutes of an';
  const edge = hint.what === 'end' ? 'weekly close' : 'opening of a week';
  const evidence = [`with the shift the quotes ${where} ${edge}`];
  return {
    shift: hint.shift,
    moving: false,
    confidence: 'medium',
    evidence: [...evidence, ...rolloverSentence(rollover, hint.shift)],
  };
}

/**
 * Judges the declared clock: do the quotes stop and start with the sessions? Tried is every whole
 * and half hour up to 14, either way, as a fixed shift and as one that moves with the summer time
 * of the session's zone. A weekend within the data decides; where there is none, an end of the data
 * at a weekly close counts only together with the daily widening of spreads.
 */
export function judgeClock(what: ClockCase): ClockVerdict {
  const { table, first, last } = what;
  const none = { shiftMinutes: 0, followsSummerTime: false } as const;
  const isClosedSometimes = table.opens.length > 1;
  if (!isClosedSometimes || what.slots.length === 0) {
    const evidence = ['the market never closes: its quotes cannot tell'];
    return { ...none, state: 'not_judged', confidence: 'none', evidence };
  }
  const mismatch = new Mismatch(what);
  const rollover = rolloverShift(what);
  const weekends = closuresInside(table, first, last);
  const hints = edgeHints(what);
  const found =
    (weekends > 0 ? byWeekends(mismatch, weekends, rollover) : undefined) ??
    byEdge(weekends > 0 ? [] : hints, mismatch, rollover);
  if (found !== undefined) {
    const { shift, confidence, moving, evidence } = found;
    // Data that is behind needs time added.
    const shiftMinutes = -shift * 30;
    return { state: 'shifted', shiftMinutes, followsSummerTime: moving, confidence, evidence };
  }
  const fitsEdge = hints.some(({ shift }) => shift === 0);
  const fitsRollover = rollover !== undefined && Math.abs(rollover) <= 1;
  const evidence = [
    ...(weekends > 0 ? [`no shift fits ${closedWeekends(weekends)} better`] : []),
    ...(fitsEdge ? ['the quotes begin or end with a session'] : []),
    ...(fitsRollover ? ['spreads are widest where the trading day starts'] : []),
  ];
  if (evidence.length > 0) {
    const confidence = weekends > 1 || evidence.length > 1 ? 'high' : 'medium';
    return { ...none, state: 'fits', confidence, evidence };
  }
  const nothing = ['no weekend lies within the data, and nothing else tells'];
  return { ...none, state: 'unclear', confidence: 'none', evidence: nothing };
}
