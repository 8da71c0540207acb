import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { QuoteBoard } from '../../market/quote-board.ts';
import { present } from '../../model/assert.ts';
import { Decoder, Encoder } from '../../model/codec.ts';
import { parseDecimal } from '../../model/decimal.ts';
import type { Side } from '../../model/order.ts';
import type { InstrumentIndex, Money, Price, Quantity, TimeUs } from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';
import { testInstrument } from '../../testing/builders.ts';
import { fraction, isEqual } from '../../testing/fraction.ts';
import { RationalAccount } from '../../testing/rational-account.ts';
import { Account, type AccountSpec } from './account.ts';
import { Conversion, findConversionPath } from './conversion.ts';
import type { CostBasis, PositionFill } from './position.ts';

const INSTRUMENTS = [
  testInstrument('EURUSD'),
  testInstrument('USDJPY'),
  testInstrument('EURGBP', { marginRate: parseDecimal('0.0333') }),
  testInstrument('XAUUSD', {
    assetClass: 'metal',
    priceIncrement: parseDecimal('0.01'),
    sizeIncrement: parseDecimal('0.01'),
    contractSize: parseDecimal('100'),
  }),
  testInstrument('EURJPY'),
];
const MIDS = [110_000, 130_000, 85_000, 200_000, 145_000] as const;
const GOLD = 3;

type Op =
  | { readonly op: 'quote'; readonly k: number; readonly move: number; readonly spread: number }
  | {
      readonly op: 'fill' | 'external';
      readonly k: number;
      readonly side: Side;
      readonly quantity: number;
      readonly move: number;
      readonly cash: bigint;
    }
  | { readonly op: 'financing' | 'fee' | 'transfer'; readonly cash: bigint }
  | { readonly op: 'restore' };

const anyK = fc.nat({ max: INSTRUMENTS.length - 1 });
const anyMove = fc.integer({ min: -20_000, max: 20_000 });
const anyCash = fc.bigInt({ min: -9_999n, max: 9_999n });
const anySize = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 1_000 }),
  fc.integer({ min: 1, max: 1_000_000 }),
);
const quoteOp = fc.record({
  op: fc.constant('quote' as const),
  k: anyK,
  move: anyMove,
  spread: fc.nat({ max: 50 }),
});
const fillOp = fc.record({
  op: fc.constant('fill' as const),
  k: anyK,
  side: fc.constantFrom<Side>(1, -1),
  quantity: anySize,
  move: anyMove,
  cash: fc.bigInt({ min: -50n, max: 9_999n }),
});
const cashOp = fc.record({
  op: fc.constantFrom('financing' as const, 'fee' as const, 'transfer' as const),
  cash: anyCash,
});
const restoreOp = fc.constant({ op: 'restore' as const });
const anyOps: fc.Arbitrary<Op[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: quoteOp },
    { weight: 8, arbitrary: fillOp },
    { weight: 1, arbitrary: cashOp },
    { weight: 1, arbitrary: restoreOp },
  ),
  { maxLength: 60, size: 'max' },
);

const anySpec: fc.Arbitrary<AccountSpec> = fc
  .record({
    currency: fc.constantFrom('USD', 'EUR', 'JPY'),
    decimals: fc.constantFrom(0, 2, 6),
    costBasis: fc.constantFrom<CostBasis>('average', 'lots'),
  })
  .map((spec) => ({ ...spec, openingBalance: (10n ** BigInt(spec.decimals + 5)) as Money }));

function build(spec: AccountSpec, board: QuoteBoard): Account {
  const paths = INSTRUMENTS.map(({ quote }) =>
    present(findConversionPath(INSTRUMENTS, quote, spec.currency), `path from ${quote}`),
  );
  const conversion = new Conversion(INSTRUMENTS, paths, spec.decimals);
  return new Account(spec, INSTRUMENTS, conversion, board);
}

/** The engine's account and the naive one, side by side. */
class Pair {
  readonly #spec: AccountSpec;
  readonly board = new QuoteBoard(INSTRUMENTS.length);
  readonly oracle: RationalAccount;
  account: Account;
  #time = 1;

  constructor(spec: AccountSpec) {
    this.#spec = spec;
    this.account = build(spec, this.board);
    this.oracle = new RationalAccount(INSTRUMENTS, spec);
  }

  step(op: Op): void {
    this.#time += 1;
    switch (op.op) {
      case 'quote':
        this.#quote(op.k, (MIDS[op.k] ?? 0) + op.move, op.spread);
        return;
      case 'fill':
        this.#fill(op.k, fillOf(op, this.#time), op.cash);
        return;
      case 'external':
        this.account.applyExternalFill(op.k as InstrumentIndex, fillOf(op, this.#time));
        this.account.bookTrade(op.cash as Money, 0n as Money);
        this.oracle.externalFill(op.k, op.side, sizeOf(op), priceOf(op), op.cash);
        return;
      case 'financing':
        this.account.bookFinancing(op.cash as Money);
        this.oracle.cash(op.cash, false);
        return;
      case 'fee':
      case 'transfer':
        this.account.bookOtherCash(op.cash as Money, op.op === 'transfer');
        this.oracle.cash(op.cash, op.op === 'transfer');
        return;
      case 'restore':
        this.#restore();
    }
  }

  #quote(k: number, bid: number, spread: number): void {
    this.board.bid[k] = bid;
    this.board.ask[k] = bid + spread;
    this.board.time[k] = this.#time;
    this.account.mark(k, this.board.bid[k] ?? 0, this.board.ask[k] ?? 0);
    this.oracle.quote(k, bid, bid + spread);
  }

  /** As a venue does: no fill before there is a rate; money by our own rules, at that rate. */
  #fill(k: number, fill: PositionFill, commission: bigint): void {
    const rate: Rate = { numerator: 1, denominator: 1 };
    const known = this.account.conversion.rate(k, this.board, rate);
    const expected = this.oracle.rate(k);
    assert.equal(known, expected !== undefined, 'rate is known');
    if (expected === undefined) return;
    assert(isEqual(fraction(rate.numerator, rate.denominator), expected), 'rate');
    const slices = this.account.applyFill(k as InstrumentIndex, fill);
    const money = slices.map((slice) => this.account.conversion.moneyOf(slice.pnl, k, rate));
    this.account.bookTrade(this.account.realizedOf(slices, k, rate), commission as Money);
    const wanted = this.oracle.fill(k, fill.side, fill.quantity, fill.price, commission);
    const got = slices.map(({ side, quantity, entryCost, pnl }, i) => {
      return { side, quantity, released: entryCost, profit: pnl, money: money[i] };
    });
    assert.deepEqual(got, wanted);
  }

  #restore(): void {
    const encoder = new Encoder();
    this.account.walk(encoder);
    const next = build(this.#spec, this.board);
    const decoder = new Decoder(encoder.bytes.slice());
    next.walk(decoder);
    decoder.end();
    this.account = next;
  }

  compare(): void {
    const { account, oracle } = this;
    const figures = ({ balance, realized, unrealized, equity, peak, maxDrawdown }: Figures) => {
      return { balance, realized, unrealized, equity, peak, maxDrawdown };
    };
    assert.deepEqual(figures(account), figures(oracle));
    assert.equal(account.marginUsed(), oracle.marginUsed);
    const held = (p: { quantity: number | bigint; cost: bigint }) => [BigInt(p.quantity), p.cost];
    assert.deepEqual(account.positions.map(held), oracle.positions.map(held));
    assert.deepEqual(account.external.map(held), oracle.external.map(held));
  }
}

interface Figures {
  readonly balance: bigint;
  readonly realized: bigint;
  readonly unrealized: bigint;
  readonly equity: bigint;
  readonly peak: bigint;
  readonly maxDrawdown: bigint;
}

type FillOp = Extract<Op, { op: 'fill' | 'external' }>;

function sizeOf(op: FillOp): Quantity {
  return (op.k === GOLD ? (op.quantity % 2_000) + 1 : op.quantity) as Quantity;
}

function priceOf(op: FillOp): Price {
  return ((MIDS[op.k] ?? 0) + op.move) as Price;
}

function fillOf(op: FillOp, time: number): PositionFill {
  return {
    side: op.side,
    quantity: sizeOf(op),
    price: priceOf(op),
    time: time as TimeUs,
    decision: { strategy: 0, instrument: op.k as InstrumentIndex, number: time },
    stopDistance: -1,
  };
}

suite('account', () => {
  test('agrees with exact rational books after every event, in any currency and basis', () => {
    fc.assert(
      fc.property(anySpec, anyOps, (spec, ops) => {
        const pair = new Pair(spec);
        for (const op of ops) {
          pair.step(op);
          pair.compare();
        }
      }),
      { numRuns: 150 },
    );
  });

  test('counts positions of others in equity and margin, and not in the strategies’ position', () => {
    const oneFill = fillOp.map((op) => ({ ...op, k: 0 }));
    const ops = fc.array(
      fc.oneof(
        oneFill,
        oneFill.map((op) => ({ ...op, op: 'external' as const })),
        quoteOp.map((op) => ({ ...op, k: 0 })),
        restoreOp,
      ),
      { maxLength: 30, size: 'max' },
    );
    fc.assert(
      fc.property(anySpec, ops, (spec, list) => {
        const pair = new Pair({ ...spec, currency: 'USD' });
        for (const op of list) {
          pair.step(op);
          pair.compare();
        }
      }),
      { numRuns: 60 },
    );
  });

  test('marks a locked pair of positions at the rate of now', () => {
    const pair = new Pair({
      currency: 'USD',
      decimals: 2,
      openingBalance: 0n as Money,
      costBasis: 'average',
    });
    const eurgbp = { k: 2, quantity: 1_000_000, cash: 0n } as const;
    pair.step({ op: 'quote', k: 0, move: 0, spread: 0 });
    pair.step({ op: 'quote', k: 2, move: 0, spread: 0 });
    pair.step({ ...eurgbp, op: 'fill', side: 1, move: 0 });
    pair.step({ ...eurgbp, op: 'external', side: -1, move: 500 });
    pair.compare();
    pair.step({ op: 'quote', k: 0, move: 11_000, spread: 0 });
    pair.compare();
  });

  test('bears the venue’s rounding of each closed slice as far as was said, and no more', () => {
    const spec = { currency: 'USD', decimals: 6, costBasis: 'lots' } as const;
    const exact = { ...spec, openingBalance: 0n as Money };
    const board = new QuoteBoard(INSTRUMENTS.length);
    const [own, above] = [1_000_000n as Money, (by: bigint) => (1_000_000n + by) as Money];
    assert.equal(build(exact, board).agrees(own, above(0n), 1), true);
    for (const by of [1n, -1n]) assert.equal(build(exact, board).agrees(own, above(by), 1), false);
    const rounded = build({ ...exact, realizedTolerance: 100n as Money }, board);
    for (const sign of [1n, -1n]) {
      assert.equal(rounded.agrees(own, above(sign * 100n), 1), true);
      assert.equal(rounded.agrees(own, above(sign * 101n), 1), false);
      assert.equal(rounded.agrees(own, above(sign * 300n), 3), true);
      assert.equal(rounded.agrees(own, above(sign * 100n), 0), true, 'a fill that closes nothing');
    }
  });
});
