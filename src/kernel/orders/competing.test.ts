import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { OrderRole, OrderState, OrderType } from '../../model/order.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import { ReportKind } from '../../model/venue.ts';
import { CAP, ExitScene, FLAGGED, FREE, SIZE, TIED } from '../../testing/exit-scene.ts';

for (const enters of ['buy', 'sell'] as const) {
  suite(`an exit of a ${enters} that its own protection stands in the way of (X14)`, () => {
    test('ends it first, goes out then, and leaves nothing behind', () => {
      for (const venue of [FREE, FLAGGED]) {
        const scene = new ExitScene(enters, venue);
        scene.hold(4);
        scene.protect(4);
        const result = scene.leave(4);
        assert(result.ok);
        assert.deepEqual([result.order, result.quantity, result.later], [0, 0, 4]);
        assert.deepEqual(scene.slices, [], 'nothing before its end');
        scene.answer();
        assert.deepEqual(scene.slices, [4]);
        scene.answer();
        assert.deepEqual([scene.held, scene.jobs, scene.open.length], [0, 0, 0]);
        assert.deepEqual(scene.steps.slice(-1), ['done']);
      }
    });

    test('puts back what the rest of the position needs, the stop first', () => {
      const scene = new ExitScene(enters, FREE);
      scene.hold(4);
      scene.protect(2, 'limit');
      scene.protect(2);
      scene.leave(3);
      scene.answer();
      assert.deepEqual(scene.slices, [3]);
      scene.answer();
      const back = scene.open.map(({ terms, state }) => [terms.type, terms.quantity, state]);
      assert.deepEqual(back, [[OrderType.stop, 1, OrderState.inFlight]]);
      assert(scene.rig.alerts.includes('unprotected'), 'of the target there is no room');
    });

    test('puts it back where the exit does not fill, or in part', () => {
      for (const filled of [0, 1]) {
        const scene = new ExitScene(enters, FREE);
        scene.hold(4);
        scene.protect(4);
        scene.leave(4);
        scene.answer();
        const [exit] = scene.open;
        assert(exit !== undefined);
        if (filled > 0) scene.rig.fill(exit.handle, filled);
        scene.rig.report({ report: ReportKind.cancelled, order: exit.handle });
        const [stop] = scene.open;
        assert.deepEqual(
          [stop?.terms.type, stop?.terms.quantity, stop?.terms.stopPrice, stop?.role],
          [OrderType.stop, 4 - filled, scene.leaves === 'sell' ? 90_000 : 110_000, OrderRole.order],
        );
        assert.equal(scene.jobs, 0);
      }
    });

    test('sends nothing where the leg fills while it is to end', () => {
      const scene = new ExitScene(enters, FREE);
      scene.hold(4);
      const stop = scene.protect(4);
      scene.leave(4);
      scene.rig.fill(stop, 4);
      assert.deepEqual([scene.slices, scene.held, scene.jobs], [[], 0, 0]);
    });

    test('asks for one exit once: the key is held, and a second one finds nothing to reduce', () => {
      const scene = new ExitScene(enters, FREE);
      scene.hold(4);
      scene.protect(4);
      const request = { side: scene.leaves, quantity: 4, reduceOnly: true, key: 'once' } as const;
      assert.equal(scene.submit(request).ok, true);
      const again = scene.submit(request);
      assert(!again.ok);
      assert.equal(again.reason, 'key_used');
      const other = scene.leave(4);
      assert(!other.ok);
      assert.equal(other.reason, 'nothing_to_reduce');
      scene.answer();
      scene.answer();
      const late = scene.submit(request);
      assert(!late.ok);
      assert.equal(late.reason, 'key_used', 'it is known after the job as well');
    });

    test('asks again for an end that is refused, and waits for one in doubt', () => {
      const scene = new ExitScene(enters, FREE);
      scene.hold(4);
      const stop = scene.protect(4);
      scene.leave(4);
      scene.rig.report({ report: ReportKind.cancelRefused, order: stop });
      scene.rig.pass(2 * US_PER_SECOND);
      assert.equal(scene.rig.venue.cancels.length, 2);
      assert.deepEqual(scene.slices, []);
    });

    test('is cut to the budget where the venue ties protection to the position', () => {
      const scene = new ExitScene(enters, TIED);
      scene.hold(4);
      scene.protect(3);
      const result = scene.leave(4);
      assert(result.ok);
      assert.deepEqual([result.quantity, result.later, scene.jobs], [1, undefined, 0]);
    });

    test('is finished once, whatever step a restart cuts', () => {
      // Each act of the story may have a restart before it.
      const acts = 5;
      fc.assert(
        fc.property(
          fc.array(fc.boolean(), { minLength: acts, maxLength: acts }),
          fc.nat(4),
          (cuts, fills) => {
            const scene = new ExitScene(enters, FREE, SIZE);
            scene.hold(8);
            scene.protect(4);
            scene.protect(4);
            const story: (() => void)[] = [
              () => scene.leave(8),
              () => scene.answer(),
              () => {
                const [exit] = scene.open;
                assert(exit !== undefined && exit.terms.quantity === CAP);
                if (fills > 0) scene.rig.fill(exit.handle, fills);
                if (fills < CAP) {
                  scene.rig.report({ report: ReportKind.cancelled, order: exit.handle });
                }
              },
              () => scene.answer(),
              () => scene.answer(),
            ];
            for (const [at, act] of story.entries()) {
              if (cuts[at]) scene.restart();
              act();
            }
            scene.restart();
            const protectedBy = scene.open.reduce((sum, { remaining }) => sum + remaining, 0);
            assert.equal(scene.jobs, 0);
            assert.equal(Math.abs(scene.held), fills === CAP ? 0 : 8 - fills);
            assert.equal(protectedBy, Math.abs(scene.held), 'what is held is protected');
            assert.equal(scene.steps.filter((step) => step === 'done').length, 1);
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}
