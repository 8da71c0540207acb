import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { stateHash } from '../../journal/hashes.ts';
import { InputKind } from '../../model/inputs.ts';
import { Side } from '../../model/order.ts';
import type { FillReport } from '../../model/venue.ts';
import type { VenueRig } from '../../testing/venue-rig.ts';
import { anyScene, Scene, sceneVenue } from '../../testing/venue-scenes.ts';

function factsOf(
  rig: VenueRig,
): readonly { readonly cursor: number; readonly venueTime: number }[] {
  return rig.heard.map(({ input }) => {
    if (input.kind === InputKind.fill) return input.fill;
    return input.kind === InputKind.report ? input.report : input.ledger;
  });
}

function fillsOf(rig: VenueRig): readonly FillReport[] {
  return rig.heard.flatMap(({ input }) => (input.kind === InputKind.fill ? [input.fill] : []));
}

suite('simulated venue', () => {
  test('saved and restored at any moments, it goes on to the same byte', () => {
    const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 4 });
    fc.assert(
      fc.property(anyScene, cuts, (acts, at) => {
        const whole = new Scene(sceneVenue());
        const cut = new Scene(sceneVenue());
        for (const [i, act] of acts.entries()) {
          whole.play(act);
          if (at.includes(i)) cut.rig.restart();
          cut.play(act);
          if (at.includes(i)) assert.equal(stateHash(cut.rig.venue), stateHash(whole.rig.venue));
        }
        whole.end();
        cut.rig.restart();
        cut.end();
        assert.deepEqual(cut.rig.said(true), whole.rig.said(true));
        assert.equal(stateHash(cut.rig.venue), stateHash(whole.rig.venue));
        assert.deepEqual(cut.rig.venue.readLog(0), whole.rig.venue.readLog(0));
      }),
      { numRuns: 150 },
    );
  });

  test('its log is dense, in order of time, and tells all of its books', () => {
    fc.assert(
      fc.property(anyScene, (acts) => {
        const scene = new Scene(sceneVenue());
        const { rig } = scene;
        const opening = rig.venue.account.balance;
        for (const act of acts) scene.play(act);
        scene.end();
        const facts = factsOf(rig);
        assert.deepEqual(
          facts.map(({ cursor }) => cursor),
          facts.map((_, i) => i + 1),
        );
        for (const [i, { venueTime }] of facts.entries()) {
          assert(venueTime >= (facts[i - 1]?.venueTime ?? 0), 'time goes back');
        }
        let balance: bigint = opening;
        const position = [0, 0];
        for (const { input } of rig.heard) {
          if (input.kind === InputKind.fill) {
            const { realized, commission, instrument, side, quantity } = input.fill;
            balance += realized - commission;
            position[instrument] = (position[instrument] ?? 0) + side * quantity;
            assert.equal(input.fill.balance, balance);
          }
          if (input.kind !== InputKind.ledger) continue;
          balance += input.ledger.amount;
          assert.equal(input.ledger.balance, balance);
        }
        assert.equal(rig.venue.account.balance, balance);
        assert.deepEqual(
          rig.venue.account.positions.map(({ quantity }) => quantity),
          position,
        );
        assert.deepEqual(
          rig.venue.readLog(0),
          rig.heard.map(({ input }) => input),
        );
      }),
      { numRuns: 150 },
    );
  });

  test('no order is filled beyond its quantity, its limit or, reduce-only, the position', () => {
    fc.assert(
      fc.property(anyScene, (acts) => {
        // Replaces change the terms; they are left to their own tests.
        const scene = new Scene(sceneVenue());
        for (const act of acts) if (act.act !== 'replace') scene.play(act);
        scene.end();
        const position = [0, 0];
        const filled = new Map<number, number>();
        for (const { order, instrument, side, quantity, price } of fillsOf(scene.rig)) {
          const ask = scene.orders.find((one) => one.order === order)?.ask;
          const before = position[instrument] ?? 0;
          const after = before + side * quantity;
          position[instrument] = after;
          const total = (filled.get(order) ?? 0) + quantity;
          filled.set(order, total);
          if (ask === undefined || ask.reduceOnly === true) {
            assert(before * side < 0, `order ${order} does not reduce ${before}`);
            assert(after * side <= 0, `order ${order} turns ${before} into ${after}`);
          }
          if (ask === undefined) continue;
          assert(total <= (ask.quantity ?? 1));
          if (ask.limit === undefined) continue;
          assert(side === Side.buy ? price <= ask.limit : price >= ask.limit);
        }
      }),
      { numRuns: 150 },
    );
  });
});
