import { BarSeries, type BarSpec, type EventBarSpec } from '../../market/bars.ts';
import type { Calendar } from '../../market/calendar.ts';
import { EventBarSeries } from '../../market/event-bars.ts';
import type { StrategySlot } from './slot.ts';

/** A bar series that a strategy asked for. */
export type BarWish = BarSpec | EventBarSpec;

/** A bar series and the strategies that asked for it, in their order. */
export interface BarSubscription<S = BarSeries | EventBarSeries> {
  readonly series: S;
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
  const same = bars.find(({ series }) => areSame(series.spec, wish));
  if (same === undefined) bars.push({ series: newSeries(wish, calendar, clock), slots: [slot] });
  else if (!same.slots.includes(slot)) same.slots.push(slot);
}

function areSame(one: BarWish, other: BarWish): boolean {
  const same = one.instrument === other.instrument && one.basis === other.basis;
  return same && one.kind === other.kind && lengthOf(one) === lengthOf(other);
}

function lengthOf(wish: BarWish): number {
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
