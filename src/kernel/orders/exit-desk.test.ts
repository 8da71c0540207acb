import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { stateBytes } from '../../journal/hashes.ts';
import { RetryStep } from '../../model/exit-retry.ts';
import { TradingState } from '../../model/gate.ts';
import { OrderState } from '../../model/order.ts';
import { RecordKind } from '../../model/records.ts';
import type { OrderHandle, Price, Quantity } from '../../model/units.ts';
import { ReportKind, type VenueCapabilities } from '../../model/venue.ts';
import { alwaysOpen, testConfigs } from '../../testing/builders.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import type { ExitRules } from './exit-desk.ts';
import { isFinal } from './transitions.ts';

const SECOND = 1_000_000;
const { venue: SIM } = testConfigs().kernel;
const MINE: ExitRules = { retry: 'engine', retryOwn: 'engine', attemptsMax: 3 };
const SIDES = ['buy', 'sell'] as const;
type SideName = (typeof SIDES)[number];

function rigOf(exits: ExitRules = MINE, venue: Partial<VenueCapabilities> = {}): KernelRig {
  const rig = new KernelRig({ kernel: { exits, venue: { ...SIM, ...venue } } });
  rig.quote(0, 100_000, 100_010);
  return rig;
}

/** A position that orders of the side reduce. */
function holding(side: SideName, quantity: number, rig = rigOf()): KernelRig {
  rig.hold(side === 'sell' ? quantity : -quantity);
  return rig;
}

function held(rig: KernelRig): number {
  return rig.book.account.positions[0]?.quantity ?? 0;
}

/** Quantities of the engine's own orders, so far. */
function retries(rig: KernelRig): number[] {
  const intents = rig.log.of(RecordKind.intent).filter(({ decision }) => decision.number < 0);
  assert(intents.every(({ terms, exitQuantity }) => terms.quantity === exitQuantity));
  return intents.map(({ terms }) => terms.quantity);
}

function steps(rig: KernelRig): string[] {
  const names = Object.entries(RetryStep);
  return rig.log
    .of(RecordKind.exitRetry)
    .map(({ exitRetry: { step } }) => names.find(([, code]) => code === step)?.[0] ?? '');
}

function endShort(rig: KernelRig, order: OrderHandle, filled = 0): void {
  if (filled > 0) rig.fill(order, filled);
  rig.report({ report: ReportKind.cancelled, order, reason: 'no_liquidity' });
}

suite('the engine’s own retry of exits (X12)', () => {
  for (const side of SIDES) {
    test(`sends the rest of a ${side} again within the budget, 1 s and doubling between`, () => {
      const rig = holding(side, 10);
      const exit = rig.order({ side, quantity: 10 as Quantity, key: 'exit' });
      endShort(rig, exit, 4);
      assert(rig.alerts.includes('exit_unfilled'));
      rig.pass(SECOND - 10);
      assert.deepEqual(retries(rig), []);
      rig.pass(10);
      assert.deepEqual(retries(rig), [6]);
      endShort(rig, rig.book.orders.lastHandle, 1);
      rig.pass(2 * SECOND - 10);
      assert.deepEqual(retries(rig), [6]);
      rig.restart();
      rig.pass(10);
      assert.deepEqual(retries(rig), [6, 5]);
      rig.fill(rig.book.orders.lastHandle, 5);
      assert.equal(held(rig), 0);
      rig.pass(3600 * SECOND);
      assert.deepEqual(retries(rig), [6, 5]);
      assert.deepEqual(steps(rig), ['planned', 'sent', 'planned', 'sent']);
      assert.deepEqual(
        rig.venue.submits.slice(-2).map(({ decision }) => decision),
        [-1, -2].map((number) => ({ strategy: 0, instrument: 0, number })),
      );
    });

    test(`gives a ${side} up after its attempts, critically`, () => {
      const rig = holding(side, 10);
      endShort(rig, rig.order({ side, quantity: 10 as Quantity, key: 'exit' }));
      for (let i = 0; i < 5; i++) {
        rig.pass(60 * SECOND);
        const last = rig.book.orders.lastHandle;
        const isOpen = rig.book.orders.find(last)?.state === OrderState.inFlight;
        if (isOpen) rig.report({ report: ReportKind.rejected, order: last });
      }
      assert.deepEqual(retries(rig), [10, 10, 10]);
      assert.equal(rig.alerts.filter((key) => key === 'exit_abandoned').length, 1);
      assert.equal(rig.book.exits.size, 0);
    });

    test(`does not follow a position across its end: a ${side} is not sent into the next one`, () => {
      const rig = holding(side, 10);
      endShort(rig, rig.order({ side, quantity: 6 as Quantity, key: 'exit' }));
      const rest = rig.order({ side, quantity: 10 as Quantity, key: 'all' });
      rig.fill(rest, 10);
      rig.hold(side === 'sell' ? 10 : -10);
      rig.pass(600 * SECOND);
      assert.deepEqual(retries(rig), []);
    });
  }

  test('does not wait for a position that has turned to come back', () => {
    const rig = holding('sell', 10);
    endShort(rig, rig.order({ side: 'sell', quantity: 6 as Quantity, key: 'exit' }));
    const turn = rig.order({ side: 'sell', quantity: 15 as Quantity, key: 'turn' });
    rig.fill(turn, 15);
    const back = rig.order({ side: 'buy', quantity: 15 as Quantity, key: 'back' });
    rig.fill(back, 15);
    rig.pass(600 * SECOND);
    assert.deepEqual(retries(rig), []);
  });

  test('wants what is left of the exit, not of the position', () => {
    const rig = holding('buy', 10);
    endShort(rig, rig.order({ side: 'buy', quantity: 6 as Quantity, key: 'exit' }));
    rig.pass(SECOND);
    endShort(rig, rig.book.orders.lastHandle, 4);
    rig.pass(60 * SECOND);
    assert.deepEqual(retries(rig), [6, 2]);
  });

  test('waits while other exits hold the budget, and goes on when they end', () => {
    const rig = holding('sell', 10);
    endShort(rig, rig.order({ side: 'sell', quantity: 10 as Quantity, key: 'exit' }));
    const own = rig.work('sell', 7, 'own');
    rig.pass(SECOND);
    assert.deepEqual(retries(rig), [3], 'what the other leaves');
    endShort(rig, rig.book.orders.lastHandle);
    rig.work('sell', 3, 'more');
    rig.pass(600 * SECOND);
    assert.deepEqual(retries(rig), [3]);
    assert.equal(steps(rig).at(-1), 'blocked');
    rig.act((context) => context.cancel(own));
    rig.report({ report: ReportKind.cancelled, order: own });
    rig.pass(2 * SECOND);
    assert.deepEqual(retries(rig), [3, 7]);
  });

  test('waits for the end of a halt, and sends in exit-only', () => {
    const rig = holding('buy', 10);
    endShort(rig, rig.order({ side: 'buy', quantity: 10 as Quantity, key: 'exit' }));
    rig.state(TradingState.halted);
    rig.pass(600 * SECOND);
    assert.deepEqual(retries(rig), []);
    rig.state(TradingState.exitOnly);
    rig.pass(SECOND);
    assert.deepEqual(retries(rig), [10]);
  });

  test('waits for the session where the market is closed', () => {
    const { from, horizon, ...rest } = alwaysOpen();
    const { now } = new KernelRig();
    const opens = [from, now + 1000 * SECOND];
    const closes = [now + 100 * SECOND, horizon];
    const calendars = [{ ...rest, from, horizon, opens, closes }];
    const rig = new KernelRig({ kernel: { exits: MINE, calendars } });
    rig.quote(0, 100_000, 100_010);
    holding('sell', 10, rig);
    rig.pass(99 * SECOND);
    endShort(rig, rig.order({ side: 'sell', quantity: 10 as Quantity, key: 'exit' }));
    rig.pass(800 * SECOND);
    assert.deepEqual(retries(rig), []);
    rig.pass(200 * SECOND);
    assert.deepEqual(retries(rig), [10]);
  });

  test('is not for an exit that was cancelled, nor one in doubt until that is resolved', () => {
    const rig = holding('sell', 10);
    const one = rig.order({ side: 'sell', quantity: 10 as Quantity, key: 'one' });
    rig.act((context) => context.cancel(one));
    rig.report({ report: ReportKind.cancelled, order: one });
    const two = rig.order({ side: 'sell', quantity: 10 as Quantity, key: 'two' });
    rig.report({ report: ReportKind.unknown, order: two });
    rig.pass(60 * SECOND);
    assert.deepEqual(retries(rig), []);
    rig.report({ report: ReportKind.rejected, order: two });
    rig.pass(2 * SECOND);
    assert.deepEqual(retries(rig), [10]);
  });

  test('leaves a strategy’s own exits to it unless told; limits and waiting stops always', () => {
    const rules: ExitRules = { ...MINE, retryOwn: 'strategy' };
    const rig = holding('sell', 10, rigOf(rules));
    endShort(rig, rig.order({ side: 'sell', quantity: 10 as Quantity, key: 'market' }));
    rig.pass(60 * SECOND);
    assert.deepEqual(rig.alerts.filter((key) => key === 'exit_unfilled').length, 1);
    assert.deepEqual(retries(rig), []);
    const both = holding('sell', 10);
    endShort(both, both.work('sell', 10, 'limit'), 3);
    const type = 'stop';
    const stop = { side: 'sell', quantity: 7 as Quantity, type, key: 'stop' } as const;
    endShort(both, both.order({ ...stop, stopPrice: 90_000 as Price }));
    both.pass(60 * SECOND);
    assert.deepEqual(retries(both), []);
  });
});

/** A long or short of 10 with a stop-loss, and a target where asked for. */
function bracket(side: SideName, rig = rigOf(), target = false): OrderHandle {
  const [below, above] = [90_000 as Price, 110_000 as Price];
  const stopLoss = side === 'buy' ? below : above;
  const takeProfit = side === 'buy' ? above : below;
  const prices = target ? { stopLoss, takeProfit } : { stopLoss };
  const order = rig.order({ side, quantity: 10 as Quantity, key: 'entry', ...prices });
  rig.report({ report: ReportKind.accepted, order });
  rig.fill(order, 10);
  return order;
}

function child(rig: KernelRig, parent: OrderHandle, role: 1 | 2): OrderHandle {
  const order = (parent + role) as OrderHandle;
  const quantity = 10 as Quantity;
  rig.report({ report: ReportKind.childAccepted, order, parent, role, quantity });
  return order;
}

suite('protection (X12, X14)', () => {
  for (const side of SIDES) {
    test(`a stop of a ${side} that triggered and ended short is sent again by default`, () => {
      const rig = rigOf(testConfigs().kernel.exits);
      const stop = child(rig, bracket(side, rig), 1);
      rig.report({ report: ReportKind.triggered, order: stop });
      endShort(rig, stop, 4);
      assert(rig.alerts.includes('exit_unfilled') && rig.alerts.includes('unprotected'));
      rig.pass(SECOND);
      assert.deepEqual(retries(rig), [6]);
      rig.fill(rig.book.orders.lastHandle, 6);
      assert.equal(held(rig), 0);
    });

    test(`a stop of a ${side} that never triggered is no exit: unprotected, once a change`, () => {
      const rig = rigOf();
      const stop = child(rig, bracket(side, rig), 1);
      for (let i = 0; i < 2; i++) rig.report({ report: ReportKind.cancelled, order: stop });
      rig.pass(60 * SECOND);
      assert.deepEqual(rig.alerts, ['unprotected']);
      assert.deepEqual(retries(rig), []);
    });

    test(`a refused stop of a ${side} is known and told, and is no order of a stranger`, () => {
      const rig = rigOf();
      const parent = bracket(side, rig);
      const order = (parent + 1) as OrderHandle;
      rig.report({ report: ReportKind.rejected, order, reason: 'too_close' });
      assert.deepEqual(rig.alerts, ['unprotected']);
      assert.equal(rig.book.orders.find(order)?.state, OrderState.rejected);
      assert.equal(rig.book.tradingState, TradingState.active);
      assert.deepEqual(stateBytes(rig.folded().book), stateBytes(rig.book));
    });
  }

  test('that ends with its position, its target or on request says nothing', () => {
    const closed = rigOf();
    const stop = child(closed, bracket('buy', closed), 1);
    closed.hold(0);
    closed.report({ report: ReportKind.cancelled, order: stop });
    const oco = rigOf();
    oco.hold(5);
    const parent = bracket('buy', oco, true);
    const [loss, profit] = [child(oco, parent, 1), child(oco, parent, 2)];
    oco.fill(profit, 10);
    oco.report({ report: ReportKind.cancelled, order: loss });
    const asked = rigOf();
    const own = child(asked, bracket('sell', asked), 1);
    asked.act((context) => context.cancel(own));
    asked.report({ report: ReportKind.cancelled, order: own });
    assert.deepEqual([...closed.alerts, ...oco.alerts, ...asked.alerts], []);
  });
});

type Op =
  | { readonly op: 'exit' | 'limit' | 'enter'; readonly quantity: number; readonly other: boolean }
  | { readonly op: 'fill' | 'end' | 'doubt' | 'cancel'; readonly pick: number }
  | { readonly op: 'pass'; readonly seconds: number }
  | { readonly op: 'state'; readonly state: TradingState }
  | { readonly op: 'restart' };

const anyOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom('exit' as const, 'exit', 'limit', 'enter'),
      quantity: fc.integer({ min: 1, max: 12 }),
      other: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constantFrom('fill' as const, 'end', 'end', 'doubt', 'cancel'),
      pick: fc.nat({ max: 9 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('pass' as const), seconds: fc.nat({ max: 70 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('state' as const),
      state: fc.constantFrom(TradingState.active, TradingState.exitOnly, TradingState.halted),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('restart' as const) }) },
);

/** A venue that fills no order beyond its quantity and never after its end. */
class Story {
  readonly rig: KernelRig;
  readonly #seen = new Set<OrderHandle>();
  #key = 0;

  constructor(reduceOnly: boolean) {
    this.rig = rigOf(MINE, { reduceOnly, atomicReplace: reduceOnly });
  }

  play(op: Op): void {
    const { rig } = this;
    switch (op.op) {
      case 'exit':
      case 'limit':
      case 'enter':
        this.#submit(op.op, op.quantity, op.other);
        break;
      case 'pass':
        rig.pass(op.seconds * SECOND);
        break;
      case 'state':
        rig.state(op.state);
        break;
      case 'restart':
        rig.restart();
        break;
      default:
        this.#tell(op.op, op.pick);
    }
    this.#check();
  }

  #submit(what: 'exit' | 'limit' | 'enter', quantity: number, other: boolean): void {
    const reducing: SideName = held(this.rig) > 0 ? 'sell' : 'buy';
    // What a strategy itself sells beyond its position may turn it, whoever fills first.
    const start: SideName = other ? 'buy' : 'sell';
    const adding: SideName = held(this.rig) > 0 ? 'buy' : 'sell';
    const entering = held(this.rig) === 0 ? start : adding;
    const side = what === 'enter' ? entering : reducing;
    const limitPrice = (side === 'buy' ? 90_000 : 110_000) as Price;
    const limit = what === 'limit' ? ({ type: 'limit', limitPrice } as const) : {};
    this.#key += 1;
    const reduceOnly = what !== 'enter';
    const key = `k${this.#key}`;
    this.rig.submit({ side, quantity: quantity as Quantity, reduceOnly, key, ...limit });
  }

  #tell(what: 'fill' | 'end' | 'doubt' | 'cancel', at: number): void {
    const { rig } = this;
    const open = [...rig.book.orders.open()];
    const order = open[at % Math.max(1, open.length)];
    if (order === undefined) return;
    const { handle } = order;
    const before = Math.sign(held(rig));
    if (what === 'fill') {
      const most = order.terms.quantity - order.filled;
      rig.fill(handle, 1 + (at % most));
      const isEngines = order.decision.number < 0;
      const after = Math.sign(held(rig));
      if (isEngines) assert(after === 0 || after === before, 'a retry never turns a position');
    } else if (what === 'cancel') rig.act((context) => context.cancel(handle));
    else if (what === 'doubt') rig.report({ report: ReportKind.unknown, order: handle });
    else rig.report({ report: ReportKind.expired, order: handle });
  }

  #check(): void {
    const { book, log } = this.rig;
    const { exits, orders } = book;
    const wanted = exits.wanted(0 as never, 0 as OrderHandle);
    assert(wanted <= Math.abs(held(this.rig)), 'retries want no more than the position');
    for (const { attempts } of exits.all()) assert(attempts <= MINE.attemptsMax);
    for (const { order, decision, terms, exitQuantity } of log.of(RecordKind.intent)) {
      if (decision.number > 0 || this.#seen.has(order)) continue;
      this.#seen.add(order);
      assert.equal(terms.quantity, exitQuantity, 'all of a retry is exit');
    }
    // Whatever only reduces fits into the position together.
    let reducing = 0;
    for (const order of orders.open()) {
      if (isFinal(order.state) || order.decision.number > 0) continue;
      reducing += order.remaining;
    }
    assert(reducing <= Math.abs(held(this.rig)), 'retries on their way stay within the budget');
  }
}

suite('retries, whatever strategy and venue do', () => {
  test('stay within the exit budget, never turn a position, and fold to the same state', () => {
    const ops = fc.array(anyOp, { minLength: 5, maxLength: 40, size: 'max' });
    const anyHeld = fc.integer({ min: -12, max: 12 });
    fc.assert(
      fc.property(fc.boolean(), anyHeld, ops, (reduceOnly, start, all) => {
        const story = new Story(reduceOnly);
        story.rig.hold(start);
        for (const op of all) story.play(op);
        const { rig } = story;
        assert.deepEqual(stateBytes(rig.folded().book), stateBytes(rig.book));
      }),
      { numRuns: 150 },
    );
  });
});
