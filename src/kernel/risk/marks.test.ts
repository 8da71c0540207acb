import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { US_PER_HOUR, US_PER_SECOND } from '../../model/time.ts';
import type { InstrumentIndex, Price, Quantity } from '../../model/units.ts';
import { alwaysOpen, TEST_START, testInstrument } from '../../testing/builders.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import type { Book } from '../book.ts';
import { Marks } from './marks.ts';
import { OpenHours } from './open-hours.ts';

const INSTRUMENTS = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
const RULES = { count: 1, overUs: 0, ageMaxUs: 10 * US_PER_SECOND, spreadMax: [20, undefined] };
/** Each closes for a while. */
const CALENDARS = [3, 5].map((seconds) => ({
  ...alwaysOpen(),
  opens: [TEST_START - US_PER_HOUR, TEST_START + (seconds + 9) * US_PER_SECOND],
  closes: [TEST_START + seconds * US_PER_SECOND, TEST_START + US_PER_HOUR],
}));

const anyK = fc.nat(1).map((k) => k as InstrumentIndex);
const anyAct = fc.oneof(
  fc.record({
    act: fc.constant('quote' as const),
    k: anyK,
    spread: fc.integer({ min: -2, max: 25 }),
  }),
  fc.record({
    act: fc.constant('fill' as const),
    k: anyK,
    quantity: fc.constantFrom(-2, -1, 1, 2),
  }),
  fc.record({ act: fc.constant('wait' as const), us: fc.nat(6 * US_PER_SECOND) }),
);

function marksOf({ account, board }: Book): Marks {
  return new Marks(RULES, account, board, new OpenHours(CALENDARS));
}

function fill(book: Book, k: InstrumentIndex, quantity: number): void {
  book.account.applyExternalFill(k, {
    side: quantity > 0 ? 1 : -1,
    quantity: Math.abs(quantity) as Quantity,
    price: 100_000 as Price,
    time: book.time,
    decision: { strategy: 0, instrument: k, number: 0 },
    stopDistance: -1,
  });
}

suite('marks that can be relied on (X19)', () => {
  test('what is remembered between looks says what a look at everything says', () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(fc.array(anyAct, { minLength: 3, maxLength: 40, size: 'max' }), (acts) => {
        const { book } = new KernelRig({ instruments: INSTRUMENTS });
        const marks = marksOf(book);
        for (const k of [0, 1]) book.quote(k, 100_000, 100_010, 0, 0);
        for (const act of acts) {
          if (act.act === 'wait') book.clock[0] = book.time + act.us;
          else if (act.act === 'fill') fill(book, act.k, act.quantity);
          else book.quote(act.k, 100_000, 100_000 + act.spread, 0, 0);
          marks.begin();
          const expected = marksOf(book).uncertain(book.time);
          assert.equal(marks.uncertainNow(book.time), expected);
          seen.add(expected);
        }
      }),
      { numRuns: 150 },
    );
    assert.deepEqual([...seen].sort(), [-1, 0, 1]);
  });
});
