import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blankControl, ControlAction } from '../../model/control.ts';
import { TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { OrderState } from '../../model/order.ts';
import { RecordKind } from '../../model/records.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import type { Price, Quantity } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { CAP, ExitScene, FLAGGED, FREE, SIZE } from '../../testing/exit-scene.ts';
import { gatesWith } from '../../testing/kernel-rig.ts';

for (const enters of ['buy', 'sell'] as const) {
  suite(`an exit above the size of one order, of a ${enters}`, () => {
    for (const [name, venue] of [
      ['reduce-only', FLAGGED],
      ['without a flag', FREE],
    ] as const) {
      test(`goes out in slices, one after the other; ${name} (X20)`, () => {
        const scene = new ExitScene(enters, venue, SIZE);
        scene.hold(10);
        const result = scene.submit({ side: scene.leaves, quantity: 10 });
        assert(result.ok);
        assert.deepEqual([result.quantity, result.later], [4, 6]);
        assert.deepEqual(scene.slices, [4], 'the next waits for this one');
        scene.answer();
        assert.deepEqual(scene.slices, [4, 4]);
        scene.answer();
        scene.answer();
        assert.deepEqual([scene.slices, scene.held, scene.jobs], [[4, 4, 2], 0, 0]);
        const jobs = scene.rig.log.of(RecordKind.exitJob).map(({ exitJob }) => exitJob);
        const linked = new Set(jobs.map(({ decision, first }) => `${decision.number} ${first}`));
        assert.equal(linked.size, 1, 'one decision and its slices');
        const sent = scene.rig.venue.submits.slice(-3);
        assert(sent.every(({ terms }) => terms.reduceOnly || !venue.reduceOnly));
      });
    }

    test('takes no entry with it: the part beyond the position is denied', () => {
      const scene = new ExitScene(enters, FLAGGED, SIZE);
      scene.hold(6);
      const result = scene.submit({ side: scene.leaves, quantity: 8 });
      assert(result.ok);
      assert.deepEqual([result.quantity, result.later], [4, 2]);
      for (let n = 0; n < 4; n++) scene.answer();
      assert.equal(scene.held, 0);
      const [denial] = scene.rig.log.of(RecordKind.denial).slice(-1);
      assert.equal(denial?.entryOnly, true);
    });

    test('is paced by the messages that are left', () => {
      const messageRate = { mode: 'enforce', perMinute: 4, keptPercent: '0' } as const;
      const scene = new ExitScene(enters, FLAGGED, { ...SIZE, messageRate });
      scene.hold(CAP * 2);
      scene.hold(CAP * 2);
      scene.submit({ side: scene.leaves, quantity: 16 });
      for (let n = 0; n < 6; n++) scene.answer();
      assert.deepEqual([scene.slices.length, scene.held], [4, 0]);
      const other = new ExitScene(enters, FLAGGED, {
        ...SIZE,
        messageRate: { ...messageRate, perMinute: 3 },
      });
      other.hold(CAP * 3);
      other.hold(CAP);
      other.submit({ side: other.leaves, quantity: 16 });
      for (let n = 0; n < 6; n++) other.answer();
      assert.equal(other.slices.length, 3, 'the fourth would be one too many in a minute');
      other.restart();
      other.rig.pass(61 * US_PER_SECOND);
      other.answer();
      assert.deepEqual([other.slices.length, other.held, other.jobs], [4, 0, 0]);
    });

    test('goes on after a restart in the middle, and folds to the same', () => {
      const scene = new ExitScene(enters, FREE, SIZE);
      scene.hold(10);
      scene.submit({ side: scene.leaves, quantity: 10 });
      for (let n = 0; n < 3; n++) {
        scene.restart();
        scene.answer();
      }
      assert.deepEqual([scene.slices, scene.held, scene.jobs], [[4, 4, 2], 0, 0]);
    });

    test('ends when its strategy cancels the order that it was given, filled or not', () => {
      for (const filled of [true, false]) {
        const scene = new ExitScene(enters, FREE, SIZE);
        scene.hold(12);
        const first = scene.ask({ side: scene.leaves, quantity: 12 });
        if (filled) scene.answer();
        assert.deepEqual(
          scene.rig.act((context) => context.cancel(first)),
          { ok: true },
        );
        scene.answer(false);
        scene.answer();
        assert.deepEqual([scene.jobs, scene.open.length], [0, 0]);
        assert.equal(Math.abs(scene.held), filled ? 8 : 12);
      }
    });

    test('ends when the position is gone meanwhile, and never turns it', () => {
      const scene = new ExitScene(enters, FREE, SIZE);
      scene.hold(12);
      scene.submit({ side: scene.leaves, quantity: 12 });
      // The last of it is closed by another order that fills first.
      const other = scene.ask({ side: scene.leaves, quantity: 4 });
      scene.rig.fill(other, 4);
      scene.answer();
      scene.answer();
      scene.answer();
      assert.deepEqual([scene.slices, scene.held, scene.jobs], [[4, 4, 4], 0, 0]);
    });

    test('that fills in part is sent again later, and given up in the end', () => {
      const scene = new ExitScene(enters, FREE, SIZE);
      scene.hold(8);
      scene.submit({ side: scene.leaves, quantity: 8 });
      for (let n = 0; n < 12 && scene.jobs > 0; n++) {
        const [order] = scene.open;
        if (order !== undefined) {
          scene.rig.report({ report: ReportKind.cancelled, order: order.handle });
        }
        scene.rig.pass(61 * US_PER_SECOND);
      }
      assert.equal(scene.jobs, 0);
      assert(scene.rig.alerts.includes('exit_abandoned'));
      assert.equal(Math.abs(scene.held), 8);
    });

    test('of stops goes out as fast as the broker has each: all of the position is protected', () => {
      const scene = new ExitScene(enters, FREE, SIZE);
      scene.hold(10);
      const stopPrice = (scene.leaves === 'sell' ? 90_000 : 110_000) as Price;
      const stop = { side: scene.leaves, type: 'stop', stopPrice } as const;
      assert.equal(scene.submit({ ...stop, quantity: 10 }).ok, true);
      for (let n = 0; n < 4; n++) {
        const [waits] = scene.open.filter(({ state }) => state === OrderState.inFlight);
        if (waits === undefined) break;
        scene.rig.report({ report: ReportKind.accepted, order: waits.handle });
      }
      const stops = scene.open.map(({ terms, state }) => [terms.quantity, terms.stopPrice, state]);
      assert.deepEqual(
        stops,
        [4, 4, 2].map((quantity) => [quantity, stopPrice, OrderState.working]),
      );
      assert.equal(scene.jobs, 0);
    });

    test('waits for a slice that a crash has put in doubt', () => {
      const scene = new ExitScene(enters, FREE, SIZE);
      scene.hold(8);
      scene.submit({ side: scene.leaves, quantity: 8 });
      scene.restart();
      scene.rig.input({ kind: InputKind.recovered });
      scene.rig.pass(5 * US_PER_SECOND);
      assert.deepEqual([scene.slices, scene.jobs], [[4], 1]);
      const [slice] = scene.open;
      assert(slice !== undefined && slice.state === OrderState.inDoubt);
      scene.rig.fill(slice.handle, 4);
      scene.rig.agree();
      assert.deepEqual(scene.slices, [4], 'the connection is not there yet');
      scene.rig.input({ kind: InputKind.connection, connection: 2, open: true });
      scene.answer();
      assert.deepEqual([scene.slices, scene.held, scene.jobs], [[4, 4], 0, 0]);
    });

    test('is sliced where it is the engine’s own: a retry, a flatten', () => {
      let cap: Quantity | undefined;
      const size = { name: 'order_size', mode: 'enforce', judge: () => undefined } as const;
      const gates = gatesWith({ ...size, orderCap: () => cap });
      for (const what of ['retry', 'flatten'] as const) {
        const retryOwn = what === 'retry' ? 'engine' : 'strategy';
        const exits = { retry: 'engine', retryOwn, attemptsMax: 5 } as const;
        cap = undefined;
        const scene = new ExitScene(enters, FLAGGED, {}, { gates, exits });
        scene.hold(10);
        const exit = scene.ask({ side: scene.leaves, quantity: 10 });
        cap = CAP as Quantity;
        scene.rig.report({ report: ReportKind.cancelled, order: exit });
        const control = { ...blankControl(), action: ControlAction.flatten, by: 'a', reason: 'b' };
        if (what === 'flatten') scene.rig.input({ kind: InputKind.control, control });
        for (let n = 0; n < 8; n++) {
          scene.restart();
          scene.rig.pass(2 * US_PER_SECOND);
          scene.answer();
        }
        assert.deepEqual([scene.slices, scene.held], [[10, 4, 4, 2], 0], what);
      }
    });

    test('waits in a halt', () => {
      const scene = new ExitScene(enters, FLAGGED, SIZE);
      scene.hold(10);
      scene.submit({ side: scene.leaves, quantity: 10 });
      scene.rig.state(TradingState.halted);
      scene.answer();
      assert.deepEqual(scene.slices, [4]);
      scene.rig.state(TradingState.exitOnly);
      assert.deepEqual(scene.slices, [4, 4]);
    });
  });
}
