import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { QuoteBoard } from '../../market/quote-board.ts';
import { parseDecimal } from '../../model/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { Rate } from '../../model/venue.ts';
import { testInstrument } from '../../testing/builders.ts';
import { type Fraction, fraction, multiply, subtract } from '../../testing/fraction.ts';
import { Conversion, findConversionPath } from './conversion.ts';

const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'CHF'] as const;
const anyInstruments = fc
  .array(fc.tuple(fc.constantFrom(...CURRENCIES), fc.constantFrom(...CURRENCIES)), {
    maxLength: 6,
  })
  .map((pairs) =>
    pairs.filter(([a, b]) => a !== b).map(([base, quote]) => testInstrument(base + quote)),
  );

/** Every path of at most two steps, shortest first, then in the order of the instruments. */
function allPaths(instruments: readonly Instrument[], from: string, to: string): string[] {
  const steps = (at: string) =>
    instruments.flatMap(({ base, quote }, k) => {
      if (base === at) return [{ leg: `${k}`, to: quote }];
      return quote === at ? [{ leg: `-${k}`, to: base }] : [];
    });
  const one = steps(from).filter((step) => step.to === to);
  const two = steps(from).flatMap((first) =>
    steps(first.to)
      .filter((second) => second.to === to)
      .map((second) => ({ leg: `${first.leg} ${second.leg}` })),
  );
  return [...one, ...two].map(({ leg }) => leg);
}

function boardOf(quotes: readonly (readonly [number, number])[]): QuoteBoard {
  const board = new QuoteBoard(quotes.length);
  for (const [k, [bid, ask]] of quotes.entries()) {
    board.bid[k] = bid;
    board.ask[k] = ask;
    board.time[k] = 1;
  }
  return board;
}

function conversionTo(instruments: readonly Instrument[], currency: string): Conversion {
  const paths = instruments.map(
    ({ quote }) => findConversionPath(instruments, quote, currency) ?? [],
  );
  return new Conversion(instruments, paths, 6);
}

function magnitude(value: Fraction): Fraction {
  return value.n < 0n ? { n: -value.n, d: value.d } : value;
}

suite('conversion', () => {
  test('takes the shortest path, the first in the order of instruments among equals', () => {
    const currency = fc.constantFrom(...CURRENCIES);
    fc.assert(
      fc.property(anyInstruments, currency, currency, (instruments, from, to) => {
        const path = findConversionPath(instruments, from, to);
        const printed = path?.map((leg) => `${leg.inverse ? '-' : ''}${leg.instrument}`).join(' ');
        assert.equal(printed, from === to ? '' : allPaths(instruments, from, to)[0]);
      }),
    );
  });

  test('never converts through an index or a share, whose price is no exchange rate', () => {
    for (const assetClass of ['index', 'equity'] as const) {
      const only = [testInstrument('GBPUSD', { assetClass })];
      assert.equal(findConversionPath(only, 'GBP', 'USD'), undefined);
    }
  });

  test('has no rate until every leg has a quote', () => {
    const instruments = [testInstrument('EURGBP'), testInstrument('EURUSD')];
    const conversion = conversionTo(instruments, 'USD');
    const board = boardOf([
      [80_000, 80_000],
      [110_000, 110_000],
    ]);
    const rate: Rate = { numerator: 0, denominator: 0 };
    board.time[1] = 0;
    assert.equal(conversion.rate(0, board, rate), false);
    board.time[1] = 5;
    assert.equal(conversion.rate(0, board, rate), true);
    assert.equal(rate.numerator * 80_000, rate.denominator * 110_000);
  });

  test('a mark in numbers is the exact money, at any size', () => {
    const conversion = conversionTo([testInstrument('EURGBP'), testInstrument('EURUSD')], 'USD');
    const rateTerm = fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.constant(2 ** 40 + 1));
    const native = fc.oneof(
      fc.integer({ min: -1_000_000, max: 1_000_000 }),
      fc.maxSafeInteger().map((value) => Math.trunc(value / 1_000_000)),
    );
    fc.assert(
      fc.property(native, rateTerm, rateTerm, (value, numerator, denominator) => {
        const rate = { numerator, denominator };
        const exact = conversion.moneyOf(BigInt(value), 0, rate);
        fc.pre(exact < 9_000_000_000_000_000n && exact > -9_000_000_000_000_000n);
        assert.equal(BigInt(conversion.markOf(value, 0, rate)), exact);
      }),
    );
  });

  test('a rate whose terms are too long keeps 15 digits, small as it may be', () => {
    // Yen into an account that is kept in a coin: about 1/150 × 1/20000.
    const coin = testInstrument('BTCUSD', { assetClass: 'crypto' });
    const yen = testInstrument('USDJPY', { priceIncrement: parseDecimal('0.00001') });
    const conversion = conversionTo([coin, yen], 'BTC');
    const bids = fc.tuple(
      fc.integer({ min: 2_000_000_000, max: 2_147_483_000 }),
      fc.integer({ min: 10_000_000, max: 20_000_000 }),
    );
    fc.assert(
      fc.property(bids, ([coinBid, yenBid]) => {
        const board = boardOf([
          [coinBid, coinBid + 1],
          [yenBid, yenBid + 1],
        ]);
        const rate: Rate = { numerator: 1, denominator: 1 };
        assert(conversion.rate(1, board, rate));
        const exact = multiply(
          fraction(200_000n, 2 * coinBid + 1),
          fraction(200_000n, 2 * yenBid + 1),
        );
        const got = fraction(rate.numerator, rate.denominator);
        const error = magnitude(subtract(got, exact));
        assert(error.n * exact.d * 10n ** 14n <= exact.n * error.d, 'off by more than 10^-14');
      }),
    );
  });
});
