import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compileFinancingDays } from '../../config/compile-calendar.ts';
import { parseDecimal } from '../../model/decimal.ts';
import { InputKind } from '../../model/inputs.ts';
import type { FinancingSpec } from '../../model/instrument.ts';
import { US_PER_DAY, US_PER_HOUR } from '../../model/time.ts';
import type { Quantity, TimeUs } from '../../model/units.ts';
import { TEST_START, testInstrument } from '../../testing/builders.ts';
import { fraction, multiply, ofDecimal, roundHalfAway } from '../../testing/fraction.ts';
import { bothSides, VenueRig, type VenueRigOptions } from '../../testing/venue-rig.ts';
import { financingOf } from './financing.ts';

const FINANCING: FinancingSpec = {
  longRate: parseDecimal('-0.0365'),
  shortRate: parseDecimal('0.0073'),
  dayCount: 365,
};

/** Two weeks from Monday 2024-01-01 with rollovers at 17:00 in New York, which is 22:00 UTC. */
function weeksOf(lag: 1 | 2, holidays: readonly string[] = [], symbol = 'EURUSD'): VenueRigOptions {
  const horizon = (TEST_START + 14 * US_PER_DAY) as TimeUs;
  const sessions = { timeZone: 'America/New_York', dayStart: '17:00' };
  const table = compileFinancingDays(sessions, lag, holidays, TEST_START, horizon);
  const instruments = [testInstrument(symbol, { financing: FINANCING, settlementLagDays: lag })];
  return { instruments, account: { decimals: 6 }, venue: { financing: [table] } };
}

/** Holds 100 000 from Monday; gives the days charged at each rollover, by day of the test. */
function charges(options: VenueRigOptions, side: 'buy' | 'sell'): string[] {
  const rig = new VenueRig(options);
  rig.quote(0, 110_000, 110_000);
  rig.send(0, { side, quantity: 100_000 });
  rig.until(14 * US_PER_DAY - 1);
  return rig.heard.flatMap(({ at, input }) => {
    if (input.kind !== InputKind.ledger) return [];
    const day = Math.floor(at / US_PER_DAY);
    assert.equal(at - day * US_PER_DAY, 22 * US_PER_HOUR);
    return [`${day} ${input.ledger.amount} ${input.ledger.reason}`];
  });
}

suite('financing (X35)', () => {
  test('is |quantity| × mid × value × yearly rate × days ÷ day count, rounded once', () => {
    const gold = testInstrument('XAUUSD', {
      priceIncrement: parseDecimal('0.01'),
      contractSize: parseDecimal('100'),
    });
    const any = fc.record({
      quantity: fc.integer({ min: -1_000_000, max: 1_000_000 }).filter((q) => q !== 0),
      twiceMid: fc.integer({ min: 2, max: 500_000 }),
      days: fc.integer({ min: 1, max: 7 }),
      dayCount: fc.constantFrom(360 as const, 365 as const),
      rate: fc.integer({ min: -99_999, max: 99_999 }),
      numerator: fc.integer({ min: 1, max: 400_000 }),
      denominator: fc.integer({ min: 1, max: 400_000 }),
      decimals: fc.constantFrom(0, 2, 6),
    });
    fc.assert(
      fc.property(fc.constantFrom(gold, testInstrument('EURUSD')), any, (instrument, c) => {
        const yearly = { coefficient: BigInt(c.rate), decimals: 6 };
        const other = parseDecimal('9.99');
        const long = c.quantity > 0;
        const spec: FinancingSpec = {
          longRate: long ? yearly : other,
          shortRate: long ? other : yearly,
          dayCount: c.dayCount,
        };
        const wanted = roundHalfAway(
          multiply(
            fraction(Math.abs(c.quantity)),
            fraction(c.twiceMid, 2),
            ofDecimal(instrument.priceIncrement),
            ofDecimal(instrument.sizeIncrement),
            ofDecimal(instrument.contractSize),
            ofDecimal(yearly),
            fraction(c.days, c.dayCount),
            fraction(c.numerator, c.denominator),
            fraction(10n ** BigInt(c.decimals)),
          ),
        );
        const rate = { numerator: c.numerator, denominator: c.denominator };
        const quantity = c.quantity as Quantity;
        const { twiceMid, days, decimals } = c;
        assert.equal(
          financingOf(instrument, spec, quantity, twiceMid, days, rate, decimals),
          wanted,
        );
      }),
    );
  });

  // 100 000 × 1.10 = 110 000 USD; at 3.65 % a year that is 11 USD a day paid, at 0.73 % 2.2 got.
  test('a pair that settles in two days is charged three days on Wednesday', () => {
    const days = [1, 1, 3, 1, 1];
    const long = days.map((n, i) => `${i} ${-11_000_000 * n} ${n} days`);
    const short = days.map((n, i) => `${i} ${2_200_000 * n} ${n} days`);
    assert.deepEqual(charges(weeksOf(2), 'buy').slice(0, 5), long);
    assert.deepEqual(charges(weeksOf(2), 'sell').slice(0, 5), short);
    assert.equal(charges(weeksOf(2), 'buy').length, 10);
  });

  test('a pair that settles in one day is charged three days on Thursday', () => {
    const wanted = [1, 1, 1, 3, 1].map((n, i) => `${i} ${-11_000_000 * n} ${n} days`);
    assert.deepEqual(charges(weeksOf(1), 'buy').slice(0, 5), wanted);
  });

  test('a holiday on the value date lengthens the charge before it', () => {
    // Thursday 4 January is no business day: trades of Monday, Tuesday and Wednesday settle on Wed
    // 3,
    // Fri 5 and Mon 8, and each night is charged the step to the next. A week is seven days.
    const got = charges(weeksOf(2, ['2024-01-04']), 'buy').filter(
      (line) => Number(line.split(' ')[0]) < 5,
    );
    assert.deepEqual(got.slice(0, 2), ['0 -22000000 2 days', '1 -33000000 3 days']);
    const days = got.map((line) => Number(line.split(' ')[2]));
    assert.equal(
      days.reduce((sum, n) => sum + n, 0),
      7,
    );
  });

  test('is converted at the rate of the moment, and booked with its place in the log', () => {
    bothSides(
      (rig) => {
        rig.quote(0, 110_000, 110_000);
        rig.send(0, { quantity: 100_000 });
        rig.quote(US_PER_HOUR, 150_000, 150_000);
        const before = rig.venue.account.balance;
        rig.until(US_PER_DAY);
        const last = rig.heard[rig.heard.length - 1]?.input;
        assert(last?.kind === InputKind.ledger);
        assert.equal(last.ledger.balance, before + last.ledger.amount);
        assert.equal(last.ledger.cursor, rig.venue.cursor);
        assert.equal(rig.venue.account.financing, last.ledger.amount);
        // 100 000 × 150 JPY is 100 000 USD at 150, long or short.
        const yearly = last.ledger.amount < 0n ? -36_500n : 7_300n;
        assert.equal(last.ledger.amount, (100_000n * yearly * 1_000_000n) / 365n / 1_000_000n);
      },
      weeksOf(2, [], 'USDJPY'),
      300_000,
    );
  });

  test('nothing is charged without a position, nor for an instrument that has no financing', () => {
    const flat = new VenueRig(weeksOf(2));
    flat.quote(0, 110_000, 110_000);
    flat.until(5 * US_PER_DAY);
    assert.deepEqual(flat.heard, []);
    const free = new VenueRig();
    free.quote(0, 110_000, 110_000);
    free.send(0, {});
    free.until(5 * US_PER_DAY);
    assert.equal(free.heard.length, 2);
  });

  test('a rollover is told at its time, before a quote of that moment', () => {
    const rig = new VenueRig(weeksOf(2));
    rig.quote(0, 110_000, 110_000);
    rig.send(0, { quantity: 100_000 });
    rig.quote(22 * US_PER_HOUR, 200_000, 200_000);
    assert.deepEqual(rig.said().slice(2), ['financing -11000000 1 days']);
  });
});
