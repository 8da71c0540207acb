import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { stateBytes } from '../../journal/hashes.ts';
import { InputKind } from '../../model/inputs.ts';
import { OrderFlag } from '../../model/order.ts';
import { Action, RecordKind } from '../../model/records.ts';
import type { InstrumentIndex, OrderHandle, Price, Quantity, TimeUs } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { testConfigs, testKeys } from '../../testing/builders.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import { DuplicativeGate } from '../gates/duplicative.ts';
import { GatePipeline } from '../gates/pipeline.ts';
import { Recorder } from '../recorder.ts';
import type { IdentityLimits } from './identity.ts';
import { OrderDesk } from './order-desk.ts';
import { isFinal } from './transitions.ts';

const SECOND = 1_000_000;
const TTL = 20;

function rigOf(keys: IdentityLimits): KernelRig {
  const rig = new KernelRig({ kernel: { keys } });
  rig.quote(0, 100_000, 100_010);
  return rig;
}

type Op =
  | { readonly op: 'submit'; readonly key: number; readonly side: 'buy' | 'sell' }
  | { readonly op: 'cancel' | 'accept' | 'fill' | 'end' | 'keep'; readonly pick: number }
  | { readonly op: 'wait'; readonly us: number }
  | { readonly op: 'restart' };

const pick = fc.nat({ max: 7 });
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('submit' as const),
      key: fc.nat({ max: 5 }),
      side: fc.constantFrom('buy' as const, 'sell' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constantFrom('cancel' as const, 'accept', 'fill', 'end', 'keep'),
      pick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('wait' as const), us: fc.nat({ max: 2 * TTL }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('restart' as const) }) },
);

/** Plays operations, and checks after each what must always hold of keys. */
class Story {
  readonly rig: KernelRig;
  readonly #capacity: number = 0;
  readonly #orders: OrderHandle[] = [];
  /** By key: its last order, and when that ended. */
  readonly #used = new Map<string, { readonly order: OrderHandle; endedAt: number | undefined }>();
  #evictions = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    const cancel = { capacity, ttlUs: TTL, answerWithinUs: 8 };
    this.rig = rigOf(testKeys({ capacity, ttlUs: TTL }, { cancel, repeatWithinUs: 15 }));
    this.rig.hold(20);
  }

  play(op: Op): void {
    const { rig } = this;
    switch (op.op) {
      case 'submit':
        this.#submit(`key ${op.key}`, op.side);
        break;
      case 'wait':
        rig.now = (rig.now + op.us) as TimeUs;
        break;
      case 'restart': {
        const before = stateBytes(rig.kernel);
        rig.restart();
        assert.deepEqual(stateBytes(rig.kernel), before, 'what is restored is what was saved');
        break;
      }
      default:
        this.#tell(op.op, op.pick);
    }
    this.#check();
  }

  #submit(key: string, side: 'buy' | 'sell'): void {
    const limitPrice = (side === 'buy' ? 90_000 : 110_000) as Price;
    const request = { side, quantity: 3 as Quantity, type: 'limit', limitPrice, key } as const;
    const result = this.rig.submit(request);
    if (!result.ok) return;
    const used = this.#used.get(key);
    const isOver = used?.endedAt !== undefined && this.rig.now - used.endedAt >= TTL;
    const isForgotten = used?.endedAt !== undefined && this.#evictions > 0;
    assert(used === undefined || isOver || isForgotten, `${key} was used by order ${used?.order}`);
    this.#used.set(key, { order: result.order, endedAt: undefined });
    this.#orders.push(result.order);
  }

  #tell(what: 'cancel' | 'accept' | 'fill' | 'end' | 'keep', at: number): void {
    const { rig } = this;
    const open = this.#orders.filter((order) => this.#isOpen(order));
    const order = open[at % Math.max(1, open.length)];
    if (order === undefined) return;
    switch (what) {
      case 'cancel':
        rig.act((context) => context.cancel(order));
        break;
      case 'accept':
        rig.report({ report: ReportKind.accepted, order });
        break;
      case 'fill':
        rig.fill(order, 1);
        break;
      case 'end':
        rig.report({ report: at % 2 === 0 ? ReportKind.expired : ReportKind.cancelled, order });
        break;
      case 'keep':
        rig.report({ report: ReportKind.cancelRefused, order });
    }
    for (const used of this.#used.values()) {
      if (used.order === order && !this.#isOpen(order)) used.endedAt = rig.now;
    }
  }

  #isOpen(handle: OrderHandle): boolean {
    const order = this.rig.book.orders.find(handle);
    return order !== undefined && !isFinal(order.state);
  }

  #check(): void {
    const { identity, orders, time } = this.rig.book;
    this.#evictions = identity.orders.evictions;
    for (const store of [identity.orders, identity.cancels.store]) {
      assert(store.size <= this.#capacity, 'never more than its capacity');
      assert(store.carriedCount <= orders.openCount);
    }
    for (const { handle, key } of orders.open()) {
      assert.equal(identity.orders.find(key, time)?.order, handle, 'the key of an open order');
    }
  }
}

suite('keys through the life of an engine (X6)', () => {
  test('one order a key, bounded, none of an open order lost; a journal folds to the same', () => {
    const ops = fc.array(anyOp, { minLength: 5, maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(fc.constantFrom(2, 3, 100), ops, (capacity, all) => {
        const story = new Story(capacity);
        for (const op of all) story.play(op);
        assert.deepEqual(stateBytes(story.rig.folded().book), stateBytes(story.rig.book));
      }),
      { numRuns: 150 },
    );
  });

  test('bytes of orders and keys that were kept on the way are those of their fields', () => {
    const ops = fc.array(anyOp, { minLength: 5, maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(fc.constantFrom(2, 3, 100), ops, (capacity, all) => {
        const story = new Story(capacity);
        for (const op of all) {
          story.play(op);
          stateBytes(story.rig.book);
        }
        assert.deepEqual(stateBytes(story.rig.book), stateBytes(story.rig.folded().book));
      }),
      { numRuns: 100 },
    );
  });

  test('when they are full the first eviction is told at once, the rest as a count', () => {
    const rig = rigOf(testKeys({ capacity: 2, ttlUs: 3600 * SECOND }));
    const use = (key: string): void => {
      const order = rig.order({ side: 'buy', quantity: 1 as Quantity, key });
      rig.report({ report: ReportKind.cancelled, order });
    };
    const told = (): string[] =>
      rig.log
        .of(RecordKind.alert)
        .filter(({ key }) => key === 'idempotency_eviction')
        .map(({ text }) => text);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) use(key);
    assert.deepEqual(told(), ['order keys are full at 2: 1 dropped, 1 in all']);
    rig.restart();
    rig.now = (rig.now + 60 * SECOND) as TimeUs;
    for (const key of ['g', 'h']) use(key);
    assert.deepEqual(told().slice(1), ['order keys are full at 2: 4 dropped, 5 in all']);
  });
});

suite('cancels (X6)', () => {
  const LIMITS = testKeys({}, { cancel: { answerWithinUs: 1000 } });

  function working(limits = LIMITS): { rig: KernelRig; order: OrderHandle } {
    const rig = rigOf(limits);
    return { rig, order: rig.work('sell', 5, 'w') };
  }

  function cancel(rig: KernelRig, order: OrderHandle): string {
    const result = rig.act((context) => context.cancel(order));
    return result.ok ? 'sent' : result.reason;
  }

  test('an equal one is suppressed while the first is unanswered in time, recorded and counted', () => {
    const { rig, order } = working();
    assert.equal(cancel(rig, order), 'sent');
    assert.equal(cancel(rig, order), 'cancel_pending');
    assert.equal(rig.venue.cancels.length, 1);
    const [denial] = rig.log.of(RecordKind.denial);
    assert.deepEqual([denial?.limit, denial?.observed], [`order ${order}`, 'attempt 1']);
    assert.equal(rig.log.of(RecordKind.decision).at(-1)?.action, Action.cancel);
    assert.equal(rig.book.identity.cancels.store.suppressed, 1);
    assert.equal(rig.book.identity.orders.suppressed, 0);
  });

  test('is asked for again, as another attempt, when the answer is late or was no', () => {
    const { rig, order } = working();
    cancel(rig, order);
    rig.restart();
    rig.now = (rig.now + 1000) as TimeUs;
    assert.equal(cancel(rig, order), 'sent', 'late');
    assert.equal(cancel(rig, order), 'cancel_pending', 'the second attempt is waited for');
    rig.report({ report: ReportKind.cancelRefused, order });
    assert.equal(cancel(rig, order), 'sent', 'refused');
    rig.report({ report: ReportKind.cancelUnknown, order });
    assert.equal(cancel(rig, order), 'sent', 'lost');
    assert.deepEqual(
      rig.venue.cancels.map(({ attempt }) => attempt),
      [1, 2, 3, 4],
    );
  });

  test('an operator’s, a kill’s or a flatten’s is never suppressed', () => {
    const { rig, order } = working();
    cancel(rig, order);
    const { kernel } = testConfigs();
    const recorder = new Recorder(rig.book, rig.log);
    const desk = new OrderDesk(rig.book, recorder, new GatePipeline([]), kernel.venue);
    for (let i = 0; i < 3; i++) assert.deepEqual(desk.insistOnCancel(order), { ok: true });
    assert.deepEqual(
      recorder.effects.map((effect) => (effect.kind === 'cancel' ? effect.attempt : 0)),
      [2, 3, 4],
    );
    const engines = rig.log.of(RecordKind.decision).filter(({ decision }) => decision.number < 0);
    assert.deepEqual(
      engines.map(({ decision }) => decision.number),
      [-1, -2, -3],
    );
    assert.equal(cancel(rig, order), 'cancel_pending', 'a strategy’s is');
    rig.report({ report: ReportKind.cancelled, order });
    assert.deepEqual(desk.insistOnCancel(order), { ok: false, reason: 'order_not_open' });
    assert.equal(rig.book.identity.cancels.store.pinnedCount, 0, 'all attempts are answered');
  });

  test('a full store stops no cancel, and forgets none that is waited for', () => {
    const rig = rigOf(testKeys({}, { cancel: { capacity: 1 } }));
    const orders = [1, 2, 3].map((n) => rig.work('buy', 1, `k${n}`));
    for (const order of orders) assert.equal(cancel(rig, order), 'sent');
    for (const order of orders) assert.equal(cancel(rig, order), 'cancel_pending');
    assert.equal(rig.book.identity.cancels.store.size, 1);
    const flags = orders.map((order) => rig.book.orders.find(order)?.flags);
    assert.deepEqual(
      flags,
      orders.map(() => OrderFlag.cancelPending),
    );
  });
});

suite('a cancel whose answer is late', () => {
  test('is pinned no more: a full store drops it for another', () => {
    const rig = rigOf(testKeys({}, { cancel: { capacity: 1, answerWithinUs: 1000 } }));
    const [first, second] = [rig.work('buy', 1, 'a'), rig.work('sell', 1, 'b')];
    rig.act((context) => context.cancel(first));
    rig.now = (rig.now + 1000) as TimeUs;
    rig.act((context) => context.cancel(second));
    const { size, carriedCount, evictions } = rig.book.identity.cancels.store;
    assert.deepEqual([size, carriedCount, evictions], [1, 0, 1]);
  });
});

suite('the same order once more (X6)', () => {
  function gated(mode: 'off' | 'shadow' | 'enforce'): KernelRig {
    const keys = testKeys({}, { repeatWithinUs: mode === 'off' ? 0 : 1000 });
    const { gates } = testConfigs().kernel;
    const all = gates.map((gate) =>
      gate.name === 'duplicative' ? new DuplicativeGate(mode) : gate,
    );
    const rig = new KernelRig({ kernel: { keys, gates: all } });
    rig.quote(0, 100_000, 100_010);
    return rig;
  }

  function answer(rig: KernelRig, side: 'buy' | 'sell', quantity: number): string {
    const result = rig.submit({ side, quantity: quantity as Quantity, key: `${rig.now}` });
    return result.ok ? `sent ${result.quantity}` : result.reason;
  }

  for (const [side, other] of [
    ['buy', 'sell'],
    ['sell', 'buy'],
  ] as const) {
    test(`${side}s of the same quantity within the time are denied, others are not`, () => {
      const rig = gated('enforce');
      assert.equal(answer(rig, side, 5), 'sent 5');
      assert.equal(answer(rig, side, 5), 'duplicative');
      assert.equal(answer(rig, side, 6), 'sent 6');
      assert.equal(answer(rig, other, 5), 'sent 5');
      rig.restart();
      assert.equal(answer(rig, side, 5), 'duplicative', 'after a restart too');
      rig.now = (rig.now + 1000) as TimeUs;
      assert.equal(answer(rig, side, 5), 'sent 5');
      assert.equal(rig.book.identity.orders.suppressed, 2);
    });

    test(`an exit by ${side} is never denied, and what would open the other way is`, () => {
      const rig = gated('enforce');
      rig.hold(side === 'sell' ? 10 : -10);
      assert.equal(answer(rig, side, 10), 'sent 10', 'an exit');
      assert.equal(answer(rig, side, 10), 'duplicative', 'it would turn the position');
      rig.fill(rig.book.orders.lastHandle, 4);
      rig.report({ report: ReportKind.cancelled, order: rig.book.orders.lastHandle });
      assert.equal(answer(rig, side, 10), 'sent 6', 'the exit part of it goes on');
    });
  }

  test('in shadow it is recorded and not counted as suppressed, and off it keeps nothing', () => {
    const shadow = gated('shadow');
    answer(shadow, 'buy', 5);
    assert.equal(answer(shadow, 'buy', 5), 'sent 5');
    assert.deepEqual(
      shadow.log.of(RecordKind.denial).map(({ shadow: is }) => is),
      [true],
    );
    assert.equal(shadow.book.identity.orders.suppressed, 0);
    const off = gated('off');
    answer(off, 'buy', 5);
    const terms = off.log.of(RecordKind.intent)[0]?.terms;
    assert(terms !== undefined);
    assert.equal(off.book.identity.repeats.find(0, terms, off.now), undefined);
  });
});

suite('an order that works at the broker (X6)', () => {
  const entry = { side: 'buy', quantity: 5 as Quantity, type: 'limit', key: 'signal' } as const;
  const request = { ...entry, limitPrice: 90_000 as Price };

  test('denies an entry with its key, and says so', () => {
    const rig = rigOf(testKeys());
    const order = rig.order(request);
    assert.deepEqual(rig.submit(request), reason('key_used'));
    rig.report({ report: ReportKind.accepted, order });
    assert.deepEqual(rig.submit(request), reason('working_at_broker'));
    assert.equal(rig.book.identity.orders.suppressed, 2);
  });

  test('denies it though the key had gone to a newer order and is free again', () => {
    const rig = rigOf(testKeys({ ttlUs: 1000 }));
    const old = rig.order(request);
    rig.report({ report: ReportKind.cancelled, order: old });
    rig.now = (rig.now + 2000) as TimeUs;
    const newer = rig.order(request);
    rig.report({ report: ReportKind.accepted, order: old });
    rig.state(0);
    rig.report({ report: ReportKind.cancelled, order: newer });
    rig.now = (rig.now + 2000) as TimeUs;
    assert.equal(rig.book.identity.orders.find('puppet|signal', rig.now), undefined);
    assert.deepEqual(rig.submit(request), reason('working_at_broker'));
    rig.hold(-5);
    const exit = { ...request, instrument: 0 as InstrumentIndex, key: 'signal' };
    assert.equal(rig.submit(exit).ok, false, 'its exit budget is taken by the first');
  });

  function reason(name: string) {
    return { ok: false, gate: 'duplicate_intent', reason: name };
  }
});

suite('a start', () => {
  test('counts the keys that it finds, in snapshot and journal alike', () => {
    const rig = rigOf(testKeys({ ttlUs: 1000 }));
    const order = rig.order({ side: 'buy', quantity: 1 as Quantity, key: 'old' });
    rig.report({ report: ReportKind.cancelled, order });
    rig.now = (rig.now + 2000) as TimeUs;
    rig.work('buy', 1, 'open');
    rig.work('sell', 2, 'other');
    const kind = InputKind.started;
    const nonce = 'bbbbbbbbbb';
    rig.restart();
    rig.input({ kind, prefix: 'T', nonce, handlesTaken: order, restored: false });
    assert.equal(rig.book.identity.orders.loaded, 2);
    assert.deepEqual(stateBytes(rig.folded().book), stateBytes(rig.book));
  });
});
