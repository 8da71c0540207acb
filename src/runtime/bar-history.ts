import type { Kernel } from '../kernel/kernel.ts';
import { HISTORY_MAX } from '../kernel/strategy/bar-subscriptions.ts';
import { Calendar } from '../market/calendar.ts';
import { present } from '../model/assert.ts';
import { BAR_BASES, HISTORICAL_BARS_MAX } from '../model/historical.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { US_PER_MINUTE, US_PER_SECOND } from '../model/time.ts';
import { NO_TIME, type TimeUs } from '../model/units.ts';
import type { HistoryWish, SeriesHistory } from '../venues/bar-history.ts';

/** The venue's clock may be so far ahead of ours, and not known yet: what to ask for allows it. */
const CLOCKS_APART_US = US_PER_MINUTE;

/**
 * The bars of the past that the strategies lack at `now`: of each series that was asked for with a
 * warm-up those after its last bar, or before its first one as many as the warm-up says (X30).
 */
export function historyWishes(kernel: Kernel, now: TimeUs): readonly HistoryWish[] {
  const { calendars } = kernel.config;
  return kernel.host.timeSeries.flatMap(({ wish: { history, ...spec }, lastEnd }) => {
    if (history === 0) return [];
    const from = lastEnd as TimeUs;
    const span = now + CLOCKS_APART_US - from;
    const missed = Math.max(0, Math.ceil(span / spec.durationUs)) + 1;
    const most = from === NO_TIME ? history : Math.min(HISTORY_MAX, missed);
    const calendar = new Calendar(present(calendars[spec.instrument], 'calendar'));
    return [{ spec, history, from, most, calendar }];
  });
}

/**
 * The inputs that tell a start's history: of every series of time at least one, since what is
 * followed from here on begins in the middle of a bar.
 */
export function historicalInputs(
  kernel: Kernel,
  found: readonly SeriesHistory[],
): readonly AppliedInput[] {
  return kernel.host.timeSeries.flatMap(({ wish: { history, ...spec } }) => {
    const { instrument, durationUs, basis: name } = spec;
    const one = found.find(
      ({ wish }) =>
        wish.history === history &&
        wish.spec.instrument === instrument &&
        wish.spec.durationUs === durationUs &&
        wish.spec.basis === name,
    );
    const bars = [...(one?.bars ?? [])];
    const basis = BAR_BASES.indexOf(name);
    const inputs: AppliedInput[] = [];
    do {
      const some = bars.splice(0, HISTORICAL_BARS_MAX);
      const historical = { instrument, durationUs, basis, history, bars: some };
      inputs.push({ kind: InputKind.historical, historical });
    } while (bars.length > 0);
    return inputs;
  });
}

/** A series in words: `EURUSD 1m mid`. */
export function seriesName({ config }: Kernel, { spec }: HistoryWish): string {
  const { symbol } = present(config.instruments[spec.instrument], 'instrument');
  return `${symbol} ${spec.durationUs / US_PER_SECOND} s ${spec.basis}`;
}
