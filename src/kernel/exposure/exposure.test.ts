import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Side } from '../../model/order.ts';
import type { InstrumentIndex, Price, Quantity } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { gateSetup } from '../../testing/gate-setup.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import { type NaiveExposure, naiveExposure } from '../../testing/naive-exposure.ts';
import { anyStory, RiskStory, STORY_INSTRUMENTS } from '../../testing/risk-story.ts';
import type { Book } from '../book.ts';
import { Exposure } from './exposure.ts';

const BIG = '4000000000';

/** Limits that are on, and too wide to deny anything. */
const WIDE = { exposure: { mode: 'enforce', gross: BIG } } as const;

/** What the book's own exposure says, in the form of the naive one. */
function kept(book: Book, exposure = book.risk.exposure): NaiveExposure {
  exposure.begin();
  const sums = exposure.now();
  assert(sums !== undefined, 'every instrument has its price and rate');
  return {
    instrument: book.instruments.map((_, k) => BigInt(exposure.ofInstrument(k))),
    net: BigInt(Math.max(sums.netUp, -sums.netDown)),
    gross: BigInt(sums.gross),
    margin: BigInt(sums.margin),
    active: sums.active,
    currency: new Map(
      exposure.currencies.map((code, at) => [code, BigInt(exposure.ofCurrency(at))]),
    ),
  };
}

suite('exposure', () => {
  test('kept as orders, fills and quotes come, it is the sum computed anew, whatever came', () => {
    fc.assert(
      fc.property(anyStory, (acts) => {
        const story = new RiskStory(WIDE);
        for (const act of acts) {
          story.play(act);
          const { book } = story.rig;
          assert.deepEqual(kept(book), naiveExposure(book));
          const anew = new Exposure(
            book.instruments,
            book.account,
            book.orders.reservations,
            book.board,
          );
          assert.deepEqual(kept(book, anew), naiveExposure(book));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('what an addition would bring is what it brings', () => {
    const anyAddition = fc.record({
      instrument: fc.nat(STORY_INSTRUMENTS.length - 1),
      side: fc.constantFrom<Side>(Side.buy, Side.sell),
      quantity: fc.integer({ min: 1, max: 100_000 }),
      price: fc.integer({ min: 80_000, max: 160_000 }),
    });
    fc.assert(
      fc.property(anyStory, anyAddition, (acts, supposed) => {
        const story = new RiskStory(WIDE);
        for (const act of acts) story.play(act);
        const { book } = story.rig;
        const { instrument: k, side, quantity, price } = supposed;
        const { exposure } = book.risk;
        exposure.begin();
        const after = exposure.with({ instrument: k, side, quantity, value: quantity * price });
        assert(after !== undefined);
        const wanted = naiveExposure(book, supposed);
        const { base, quote } = book.instruments[k] ?? { base: '', quote: '' };
        assert.deepEqual(
          [
            after.instrument,
            Math.max(after.netUp, -after.netDown),
            after.gross,
            after.margin,
            after.active,
            after.base,
            after.quote,
          ].map(BigInt),
          [
            wanted.instrument[k],
            wanted.net,
            wanted.gross,
            wanted.margin,
            BigInt(wanted.active),
            wanted.currency.get(base),
            wanted.currency.get(quote),
          ],
        );
        assert.deepEqual(kept(book), naiveExposure(book), 'and nothing has changed by asking');
      }),
      { numRuns: 60 },
    );
  });

  test('long EURUSD and short EURGBP is exposure to EUR, USD and GBP', () => {
    const instruments = STORY_INSTRUMENTS;
    const rig = new KernelRig({ instruments, kernel: gateSetup(WIDE, { instruments }) });
    rig.quote(0, 110_000, 110_000);
    rig.quote(1, 125_000, 125_000);
    rig.quote(2, 88_000, 88_000);
    const order = (k: number, side: 'buy' | 'sell', quantity: number): void => {
      const instrument = k as InstrumentIndex;
      const handle = rig.order({ instrument, side, quantity: quantity as Quantity, key: `${k}` });
      rig.fill(handle, quantity, rig.book.board.bid[k]);
    };
    order(0, 'buy', 1000);
    order(2, 'sell', 400);
    const { currency } = kept(rig.book);
    assert.deepEqual(Object.fromEntries(currency), {
      EUR: 660_000_000n,
      USD: 1_100_000_000n,
      GBP: 440_000_000n,
      JPY: 0n,
    });
  });

  test('a position let go and taken again by hand has the price of now', () => {
    const { book } = new KernelRig({ kernel: gateSetup(WIDE) });
    const foreign = (side: Side): void => {
      book.account.applyExternalFill(0 as InstrumentIndex, {
        side,
        quantity: 1000 as Quantity,
        price: 100_000 as Price,
        time: book.time,
        decision: { strategy: 0, instrument: 0 as InstrumentIndex, number: 0 },
        stopDistance: -1,
      });
    };
    for (const side of [Side.buy, Side.sell]) {
      book.quote(0, 100_000, 100_000, 0, 0);
      foreign(side);
      assert.deepEqual(kept(book), naiveExposure(book));
      foreign(side === Side.buy ? Side.sell : Side.buy);
      book.quote(0, 120_000, 120_000, 0, 0);
      foreign(side);
      assert.deepEqual(kept(book), naiveExposure(book));
      foreign(side === Side.buy ? Side.sell : Side.buy);
    }
  });

  test('beyond what a number holds it stays exact, and comes back from there', () => {
    const instruments = STORY_INSTRUMENTS;
    const kernel = gateSetup({}, { instruments, without: ['exposure'] });
    const rig = new KernelRig({ instruments, kernel });
    for (const k of instruments.keys()) rig.quote(k, 125_000, 125_000);
    const instrument = 1 as InstrumentIndex;
    rig.fill(
      rig.order({ side: 'buy', quantity: 7 as Quantity, key: 'small', instrument }),
      7,
      125_000,
    );
    const limit = { type: 'limit', limitPrice: 99_999 as Price, side: 'buy' } as const;
    const quantity = 60_000_000_000 as Quantity;
    const handles = [1, 2, 3].map((n) => rig.order({ ...limit, quantity, key: `k${n}` }));
    const { reservations } = rig.book.orders;
    assert.deepEqual(reservations.exactValue(0, 1), 180_000_000_000n * 99_999n);
    assert(Number.isNaN(reservations.value(0, 1)));
    rig.book.risk.exposure.begin();
    assert(Number(rig.book.risk.exposure.now()?.gross) > 1.7e17);
    for (const order of handles) rig.report({ report: ReportKind.cancelled, order });
    assert.deepEqual(kept(rig.book), naiveExposure(rig.book));
    assert.equal(kept(rig.book).gross, 8_750_000n);
  });
});
