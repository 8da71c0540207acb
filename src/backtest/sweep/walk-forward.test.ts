import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { CalendarTable } from '../../market/calendar.ts';
import { createQuoteBlock } from '../../market/quotes.ts';
import { US_PER_DAY, US_PER_HOUR } from '../../model/time.ts';
import { timeUs } from '../../model/units.ts';
import { SweepError } from './sweep-error.ts';
import { parseWalkForward, splitsOf, TradingDays } from './walk-forward.ts';

/** Trading days that begin at 22:00 UTC. */
const DAYS = 80;
const starts = Array.from({ length: DAYS + 1 }, (_, day) => day * US_PER_DAY - 2 * US_PER_HOUR);
const CALENDAR: CalendarTable = {
  from: timeUs(0),
  horizon: timeUs((DAYS - 1) * US_PER_DAY),
  opens: [starts[0] ?? 0],
  closes: [starts[DAYS] ?? 0],
  dayStarts: starts,
};
const EVERYWHERE = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** Quotes on these days, some in each. */
function daysOf(list: readonly number[], quotes = 3): TradingDays {
  const days = new TradingDays(CALENDAR);
  const block = createQuoteBlock(list.length * quotes);
  for (const day of list) {
    for (let i = 0; i < quotes; i += 1) {
      block.time[block.count] = day * US_PER_DAY + i * 7 * US_PER_HOUR;
      block.count += 1;
    }
  }
  days.add(block);
  return days;
}

const timeOf = (text: string): number => Date.parse(text) * 1000;

describe('the splits of a walk-forward', () => {
  const length = fc.integer({ min: 1, max: 6 });
  const chosen = fc.uniqueArray(fc.integer({ min: 1, max: DAYS - 3 }), { minLength: 12 });

  test('tests begin where training ends, and no day without quotes counts', () => {
    fc.assert(
      fc.property(chosen, length, length, length, (list, train, test, step) => {
        const sorted = list.toSorted((a, b) => a - b);
        const days = daysOf(sorted);
        assert.equal(days.count, sorted.length);
        const splits = splitsOf(days, { train, test, step }, EVERYWHERE);
        assert.equal(splits.length, Math.floor((sorted.length - train - test) / step) + 1);
        const countIn = ({ from, to }: { from: string; to: string }): number =>
          sorted.filter((day) => {
            const time = day * US_PER_DAY;
            return time >= timeOf(from) && time < timeOf(to);
          }).length;
        for (const split of splits) {
          assert.equal(split.train.to, split.test.from);
          assert.deepEqual([countIn(split.train), countIn(split.test)], [train, test]);
        }
      }),
    );
  });

  test('stay within the market, and are refused where there is not one', () => {
    const bounds = { from: 5 * US_PER_DAY, to: 9 * US_PER_DAY };
    const [split] = splitsOf(daysOf([5, 6, 7, 8]), { train: 3, test: 1, step: 1 }, bounds);
    assert.equal(split?.train.from, '1970-01-06T00:00:00Z');
    assert.equal(split?.test.to, '1970-01-09T22:00:00Z');
    const few = { train: 4, test: 1, step: 1 };
    assert.throws(() => splitsOf(daysOf([5, 6, 7, 8]), few, bounds), /4 trading days .* the 5 of/);
  });

  test('are written as lengths in days', () => {
    assert.deepEqual(parseWalkForward('train=60d, test=20d'), { train: 60, test: 20, step: 20 });
    assert.deepEqual(parseWalkForward('step=5d,test=2d,train=9d'), { train: 9, test: 2, step: 5 });
    for (const bad of [
      '',
      'train=60d',
      'train=60,test=20',
      'train=0d,test=1d',
      'test=1d,test=2d',
    ]) {
      assert.throws(() => parseWalkForward(bad), SweepError, bad);
    }
  });
});
