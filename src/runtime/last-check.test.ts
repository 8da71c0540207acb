import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stateBytes } from '../journal/hashes.ts';
import type { KernelConfig } from '../kernel/config.ts';
import { InputKind } from '../model/inputs.ts';
import { ORDER_STATES, Side } from '../model/order.ts';
import { blankSnapshot } from '../model/reconciliation.ts';
import { US_PER_SECOND } from '../model/time.ts';
import type { InstrumentIndex, OrderHandle, Price, Quantity, TimeUs } from '../model/units.ts';
import { ReportKind } from '../model/venue.ts';
import { gateSetup } from '../testing/gate-setup.ts';
import { KernelRig } from '../testing/kernel-rig.ts';
import { simCapabilities } from '../venues/sim/config.ts';

const K = 0 as InstrumentIndex;
const SIM = simCapabilities({ submitUs: 0, cancelUs: 0, reportUs: 0 });
/** Exits are held to the position by nobody but us. */
const UNHELD = { ...SIM, reduceOnly: false, protectionTiedToPosition: false };

type Words = 'buy' | 'sell';

/** Orders wait behind a slow disk while something comes in between. */
class Scene {
  readonly rig: KernelRig;
  #keys = 0;

  constructor(kernel: Partial<KernelConfig> = {}) {
    this.rig = new KernelRig({ kernel });
    this.rig.quote(0, 100_000, 100_010);
  }

  holdStill(): void {
    this.rig.settling = false;
    this.rig.venue.submits.length = 0;
  }

  ask(side: Words, quantity = 1): OrderHandle {
    this.#keys += 1;
    return this.rig.order({ side, quantity: quantity as Quantity, key: `k${this.#keys}` });
  }

  /** What became of the orders, in turn; what was withdrawn did not reach the venue. */
  settled(...orders: readonly OrderHandle[]): readonly string[] {
    const { rig } = this;
    rig.settle();
    const events = new Map(
      rig.puppet.orderEvents.map((event) => [event.order.order, event.reason]),
    );
    return orders.map((order) => {
      const state = ORDER_STATES[rig.book.orders.find(order)?.state ?? 0];
      const wasSent = rig.venue.submits.some((send) => send.order === order);
      assert.equal(wasSent, state !== 'withdrawn', `${order} ${state}`);
      return wasSent ? 'sent' : `withdrawn: ${events.get(order)}`;
    });
  }

  /** The broker says that it holds so much. */
  snapshot(quantity: number): void {
    const { cursor, account } = this.rig.book;
    const { balance } = account;
    const positions = quantity === 0 ? [] : [{ instrument: K, quantity: quantity as Quantity }];
    const told = { ...blankSnapshot(), cursor, complete: true, balance, positions };
    this.rig.input({ kind: InputKind.snapshot, snapshot: told });
  }
}

for (const [entry, exit] of [
  ['buy', 'sell'],
  ['sell', 'buy'],
] as const) {
  const sign = entry === 'buy' ? Side.buy : Side.sell;

  suite(`the last check of a ${entry} that waited (X8)`, () => {
    test('withdraws it where an order on the instrument is in doubt meanwhile', () => {
      const scene = new Scene();
      const first = scene.ask(entry);
      scene.holdStill();
      const second = scene.ask(entry);
      scene.rig.report({ report: ReportKind.unknown, order: first });
      assert.deepEqual(scene.settled(second), ['withdrawn: order_in_doubt']);
    });

    test('withdraws it where an order of its strategy was refused meanwhile', () => {
      const scene = new Scene();
      const first = scene.ask(entry);
      scene.holdStill();
      const second = scene.ask(entry);
      scene.rig.report({ report: ReportKind.refused, order: first });
      assert.deepEqual(scene.settled(second), ['withdrawn: failure_backoff']);
    });

    test('withdraws it while engine and broker differ, or were not compared', () => {
      for (const reason of ['break_open', 'unreconciled']) {
        const scene = new Scene();
        scene.holdStill();
        const order = scene.ask(entry);
        if (reason === 'unreconciled') scene.rig.book.reconciliation.armed = false;
        else for (let seen = 0; seen < 3; seen++) scene.snapshot(7);
        assert.deepEqual(scene.settled(order), [`withdrawn: ${reason}`]);
      }
    });

    test('is of what is written: orders that waited leave no faster than one by one', () => {
      const messageRate = { mode: 'enforce', perSecond: 5, keptPercent: '0' } as const;
      const scene = new Scene(gateSetup({ messageRate }));
      scene.rig.hold(10 * sign);
      scene.rig.wait(2 * US_PER_SECOND);
      scene.holdStill();
      const early = [1, 2, 3, 4].map(() => scene.ask(entry));
      scene.rig.wait(1.1 * US_PER_SECOND);
      const late = [1, 2, 3].map(() => scene.ask(entry));
      const leave = scene.ask(exit);
      const outcomes = scene.settled(...early, ...late, leave);
      const many = 'withdrawn: messages_per_second';
      assert.deepEqual(outcomes, ['sent', 'sent', 'sent', 'sent', 'sent', many, many, 'sent']);
      const { book } = scene.rig;
      assert.equal(book.orders.openQuantity(K, sign), 5, 'what was withdrawn reserves nothing');
      assert.deepEqual(stateBytes(scene.rig.folded().book), stateBytes(book), 'journaled');
    });

    test('counts cancels and replaces that were written, and forgets them after their time', () => {
      const messageRate = { mode: 'enforce', instrumentPerSecond: 3, keptPercent: '0' } as const;
      const scene = new Scene(gateSetup({ messageRate }));
      const { rig } = scene;
      const order = rig.work(entry, 3, 'w');
      rig.wait(2 * US_PER_SECOND);
      scene.holdStill();
      rig.act((context) => context.replace(order, { quantity: 2 as Quantity }));
      rig.report({ report: ReportKind.replaceRefused, order });
      rig.act((context) => context.cancel(order));
      rig.wait(1.1 * US_PER_SECOND);
      const last = [scene.ask(entry), scene.ask(entry)];
      assert.deepEqual(scene.settled(...last), ['sent', 'withdrawn: messages_per_second']);
      rig.wait(2 * US_PER_SECOND);
      assert.deepEqual(scene.settled(scene.ask(entry)), ['sent']);
    });

    test('withdraws no message for a rate in shadow', () => {
      const messageRate = { mode: 'shadow', perSecond: 1, keptPercent: '0' } as const;
      const scene = new Scene(gateSetup({ messageRate }));
      scene.holdStill();
      assert.deepEqual(scene.settled(scene.ask(entry), scene.ask(entry)), ['sent', 'sent']);
    });
  });

  suite(`the last check of an exit by a ${exit} that waited (X8)`, () => {
    test('is of the exit budget, where nobody else holds it to the position', () => {
      for (const [venue, wanted] of [
        [UNHELD, 'withdrawn: exit_budget'],
        [SIM, 'sent'],
      ] as const) {
        const scene = new Scene({ venue });
        scene.rig.hold(10 * sign);
        scene.holdStill();
        const order = scene.ask(exit, 10);
        // The other order that had closed it is told late.
        scene.rig.book.account.applyFill(K, {
          side: -sign as Side,
          quantity: 6 as Quantity,
          price: 100_000 as Price,
          time: scene.rig.now as TimeUs,
          decision: { strategy: 0, instrument: K, number: 1 },
          stopDistance: -1,
        });
        assert.deepEqual(scene.settled(order), [wanted]);
      }
    });

    test('rests on the broker’s position while that is nearer to zero (X13)', () => {
      const scene = new Scene({ venue: UNHELD });
      scene.rig.hold(10 * sign);
      scene.holdStill();
      const order = scene.ask(exit, 10);
      for (let seen = 0; seen < 3; seen++) scene.snapshot(4 * sign);
      assert.deepEqual(scene.settled(order), ['withdrawn: exit_budget']);
    });

    test('withdraws it while another is in doubt, where both could turn the position', () => {
      for (const [venue, wanted] of [
        [UNHELD, 'withdrawn: order_in_doubt'],
        [SIM, 'sent'],
      ] as const) {
        const scene = new Scene({ venue });
        scene.rig.hold(10 * sign);
        const first = scene.ask(exit, 4);
        scene.holdStill();
        const second = scene.ask(exit, 4);
        scene.rig.report({ report: ReportKind.unknown, order: first });
        assert.deepEqual(scene.settled(second), [wanted]);
      }
    });
  });
}
