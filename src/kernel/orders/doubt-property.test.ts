import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Resolution } from '../../model/doubt.ts';
import { OrderFlag, OrderState } from '../../model/order.ts';
import type { OrderHandle, Price, TimeUs } from '../../model/units.ts';
import { VENUE_KINDS, type VenueKindName } from '../../simulation/venue-kinds.ts';
import { DoubtRig } from '../../testing/doubt-rig.ts';
import {
  ANSWER_TIMEOUT_US,
  CLOCK_SKEW_US,
  type Fate,
  last,
  type ReadFate,
} from '../../testing/fake-venue.ts';
import { isSubmitInDoubt } from './doubts.ts';
import { isFinal } from './transitions.ts';

const SECOND = 1_000_000;

type Act =
  | { readonly kind: 'market' | 'limit'; readonly side: 'buy' | 'sell'; readonly fate: Fate }
  | { readonly kind: 'cancel' | 'replace'; readonly pick: number; readonly fate: Fate }
  | { readonly kind: 'crash'; readonly when: 'between' | 'before_send' | 'after_send' }
  | { readonly kind: 'wait'; readonly us: number };

function anyFate(horizonUs: number): fc.Arbitrary<Fate> {
  const latest = Math.min(horizonUs, 30 * SECOND);
  const soon = fc.integer({ min: 1000, max: 400_000 });
  const closes = fc.constantFrom(0, 0, 3 * SECOND);
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
  // A request may sit in a buffer until its connection is closed: from then on it has its horizon.
  const arrives = closes.chain((after) => {
    const late = fc.integer({ min: 1000, max: ANSWER_TIMEOUT_US + after + latest });
    return fc.record({ arrives: maybe(fc.oneof(soon, late)), closes: fc.constant(after) });
  });
  const rest = fc.record({
    answer: maybe(soon),
    outcome: fc.constantFrom('work' as const, 'work' as const, 'fill' as const, 'reject' as const),
    told: maybe(fc.oneof(soon, fc.integer({ min: 1000, max: 5 * SECOND }))),
  });
  return fc.tuple(arrives, rest).map(([one, other]) => ({ ...one, ...other }));
}

const anyReadFate: fc.Arbitrary<ReadFate> = fc.record({
  fails: fc.boolean(),
  losesFacts: fc.boolean(),
  delay: fc.integer({ min: 1000, max: 3 * SECOND }),
  lag: fc.double({ min: 0, max: 1, noNaN: true }),
});

function anyActs(name: VenueKindName): fc.Arbitrary<readonly Act[]> {
  const fate = anyFate(VENUE_KINDS[name].inFlightHorizonUs);
  const side = fc.constantFrom('buy' as const, 'sell' as const);
  const pick = fc.nat(5);
  // Without a horizon a replace that was lost can never be told from one that is late.
  const canReplace = VENUE_KINDS[name].inFlightHorizonUs !== Number.POSITIVE_INFINITY;
  const change = canReplace
    ? fc.constantFrom('cancel' as const, 'replace' as const)
    : fc.constant('cancel' as const);
  const act: fc.Arbitrary<Act> = fc.oneof(
    fc.record({ kind: fc.constantFrom('market' as const, 'limit' as const), side, fate }),
    fc.record({ kind: change, pick, fate }),
    fc.record({
      kind: fc.constant('crash' as const),
      when: fc.constantFrom('between' as const, 'before_send' as const, 'after_send' as const),
    }),
    fc.record({ kind: fc.constant('wait' as const), us: fc.integer({ min: 1, max: 20 * SECOND }) }),
  );
  return fc.array(act, { minLength: 2, maxLength: 14 });
}

/** Plays a schedule, and checks the engine against the venue's own books all the while. */
class Story {
  readonly rig: DoubtRig;
  readonly #name: VenueKindName;
  readonly #orders: OrderHandle[] = [];

  constructor(name: VenueKindName) {
    this.#name = name;
    this.rig = new DoubtRig(VENUE_KINDS[name]);
    this.rig.check = () => this.#check();
  }

  /** What must hold at every moment. */
  #check(): void {
    const { venue, kernel } = this.rig;
    assert.equal(venue.repeated, 0, 'no order reaches the venue twice');
    for (const { order } of venue.onTheWire.values()) this.#checkAlive(order);
    let buys = 0;
    let sells = 0;
    for (const fake of venue.orders.values()) {
      const now = last(fake);
      if (now.state !== OrderState.rejected) {
        const order = this.rig.find(fake.order);
        assert.notEqual(order.state, OrderState.notPlaced, 'not placed, and the venue has it');
        assert.notEqual(order.state, OrderState.withdrawn);
      }
      if (isFinal(now.state)) continue;
      this.#checkAlive(fake.order);
      const left = now.terms.quantity - now.filled;
      if (now.terms.side > 0) buys += left;
      else sells += left;
    }
    const { orders } = kernel.book;
    assert(orders.openQuantity(0 as never, 1) >= buys, 'what may fill stays reserved (X17)');
    assert(orders.openQuantity(0 as never, -1) >= sells, 'what may fill stays reserved (X17)');
  }

  #checkAlive(handle: OrderHandle): void {
    const order = this.rig.find(handle);
    // What is dead on arrival by its own deadline may be called so before it arrives.
    if (this.#name === 'deadline' && order.terms.expireTime < this.rig.venue.venueTime) return;
    assert(!isFinal(order.state), `order ${handle} is ended here and alive at the venue`);
  }

  play(act: Act): void {
    const { rig } = this;
    switch (act.kind) {
      case 'wait':
        rig.run(act.us);
        return;
      case 'crash':
        this.#crash(act.when);
        return;
      case 'market':
      case 'limit':
        rig.venue.fates.push(act.fate);
        this.#submit(act.kind, act.side);
        rig.venue.fates.length = 0;
        return;
      case 'cancel':
      case 'replace':
        rig.venue.fates.push(act.fate);
        this.#change(act.kind, act.pick);
        rig.venue.fates.length = 0;
    }
  }

  #submit(type: 'market' | 'limit', side: 'buy' | 'sell'): void {
    const limitPrice = (side === 'buy' ? 90_000 : 110_000) as Price;
    const expireTime = (this.rig.now + CLOCK_SKEW_US + 5 * SECOND) as TimeUs;
    const timed = this.#name === 'deadline' ? ({ timeInForce: 'gtd', expireTime } as const) : {};
    const limit = type === 'limit' ? { limitPrice } : {};
    const result = this.rig.submit(side, { type, ...limit, ...timed });
    if (result.ok) this.#orders.push(result.order);
  }

  #change(kind: 'cancel' | 'replace', pick: number): void {
    const order = this.#orders[pick % Math.max(1, this.#orders.length)];
    if (order === undefined) return;
    const limitPrice = (this.rig.find(order).terms.limitPrice + 7) as Price;
    this.rig.act((context) =>
      kind === 'cancel' ? context.cancel(order) : context.replace(order, { limitPrice }),
    );
  }

  #crash(when: 'between' | 'before_send' | 'after_send'): void {
    const { rig } = this;
    if (when !== 'between') {
      rig.settling = false;
      this.#submit('market', 'buy');
      if (when === 'after_send') rig.settle(false);
    }
    rig.crash();
  }

  /** Faults stop, time passes, and where nothing can be asked an operator looks. */
  end(): void {
    const { rig } = this;
    rig.venue.fates.length = 0;
    rig.venue.readFates.length = 0;
    rig.run(600 * SECOND);
    for (const handle of this.#orders) {
      const order = rig.find(handle);
      if (!isSubmitInDoubt(order)) continue;
      assert.equal(this.#name, 'mute', 'whoever can be asked resolves the doubt');
      assert.equal(order.state, OrderState.presumedAbsent);
      rig.resolve(handle, this.#placed(handle) ? Resolution.placed : Resolution.notPlaced);
    }
    rig.run(600 * SECOND);
    this.#checkEnd();
  }

  #placed(handle: OrderHandle): boolean {
    return [...this.rig.venue.orders.values()].some(({ order }) => order === handle);
  }

  #checkEnd(): void {
    const { book } = this.rig.kernel;
    for (const handle of this.#orders) {
      const { flags, state } = this.rig.find(handle);
      assert.equal(flags & OrderFlag.revived, 0, `order ${handle} was revived`);
      if (this.#name !== 'mute') assert.equal(flags, 0, `order ${handle}, state ${state}`);
    }
    const theirs = this.rig.venue.openOrders().map(({ order }) => order);
    const ours = [...book.orders.open()].map(({ handle }) => handle);
    assert.deepEqual(ours.toSorted(), theirs.toSorted());
    assert.equal(book.account.positions[0]?.quantity, this.rig.venue.position);
    if (this.#name === 'mute') return;
    assert.equal(book.doubts.size, 0);
    assert(book.reconciliation.armed && !book.reconciliation.held, 'engine and broker agree');
  }
}

suite('orders in doubt, against the venue’s own books', () => {
  for (const name of Object.keys(VENUE_KINDS) as VenueKindName[]) {
    test(`${name}: sent once, never given up while it may live, and resolved in the end`, () => {
      const anyReads = fc.array(anyReadFate, { maxLength: 12 });
      fc.assert(
        fc.property(anyActs(name), anyReads, (acts, reads) => {
          const story = new Story(name);
          story.rig.venue.readFates.push(...reads);
          for (const act of acts) story.play(act);
          story.end();
        }),
        { numRuns: Number(process.env['DOUBT_RUNS'] ?? 60) },
      );
    });
  }
});
