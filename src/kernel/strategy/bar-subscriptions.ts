import { BarSeries, type BarSpec, type EventBarSpec } from '../../market/bars.ts';
import type { Calendar } from '../../market/calendar.ts';
import { EventBarSeries } from '../../market/event-bars.ts';
import type { StrategySlot } from './slot.ts';

/** Bars of time, and how many of the past before the first live one: 0 … {@link HISTORY_MAX}. */
export interface TimeBarWish extends BarSpec {
  readonly history: number;
}

/** A bar series that a strategy asked for. */
export type BarWish = TimeBarWish | EventBarSpec;

/** Bars of the past that a series may be asked for with: what OANDA gives in one answer. */
export const HISTORY_MAX = 5000;

/** A bar series and the strategies that asked for it, in their order. */
export interface BarSubscription<S = BarSeries | EventBarSeries> {
  readonly series: S;
  readonly history: number;
  readonly slots: StrategySlot[];
}

/** Gives a strategy the bars it asked for. Equal wishes share a series. */
export function subscribe(
  bars: BarSubscription[],
  slot: StrategySlot,
  wish: BarWish,
  calendar: Calendar,
  clock: Float64Array,
): void {
  const history = wish.kind === 'time' ? wish.history : 0;
  const same = bars.find((one) => one.history === history && areSame(one.series.spec, wish));
  if (same === undefined) {
    bars.push({ series: newSeries(wish, calendar, clock), history, slots: [slot] });
  } else if (!same.slots.includes(slot)) same.slots.push(slot);
}

function areSame(one: BarSpec | EventBarSpec, other: BarSpec | EventBarSpec): boolean {
  const same = one.instrument === other.instrument && one.basis === other.basis;
  return same && one.kind === other.kind && lengthOf(one) === lengthOf(other);
}

function lengthOf(wish: BarSpec | EventBarSpec): number {
  return wish.kind === 'time' ? wish.durationUs : wish.size;
}

function newSeries(
  wish: BarWish,
  calendar: Calendar,
  clock: Float64Array,
): BarSeries | EventBarSeries {
  if (wish.kind === 'time') return new BarSeries(wish, calendar, clock);
  return new EventBarSeries(wish, calendar, clock);
}
