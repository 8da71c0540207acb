import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { OandaRig } from '../../testing/oanda-rig.ts';
import { VenueClock } from './venue-clock.ts';

const SECOND = 1_000_000;

suite('the venue’s clock', () => {
  test('is as far ahead as the least late of the last twelve heartbeats says', () => {
    const beats = fc.array(fc.integer({ min: 0, max: 12 * SECOND }), { minLength: 1 });
    fc.assert(
      fc.property(beats, fc.integer({ min: -1e12, max: 1e12 }), (delays, ahead) => {
        const clock = new VenueClock();
        assert.equal(clock.aheadUs, undefined);
        for (const [i, delay] of delays.entries()) {
          const sent = i * 5 * SECOND;
          clock.heard(sent + ahead, sent + delay);
        }
        assert.equal(clock.aheadUs, ahead - Math.min(...delays.slice(-12)));
      }),
    );
  });

  test('is known when the engine begins, and moves by a step of the engine’s clock at once', async () => {
    await using rig = await OandaRig.build();
    assert.equal(rig.adapter.status.clockOffsetUs, undefined);
    let atBegin: number | undefined;
    const { engine } = rig;
    const begin = engine.begin.bind(engine);
    engine.begin = (now) => {
      atBegin = rig.adapter.status.clockOffsetUs;
      begin(now);
    };
    await rig.begin();
    assert.equal(typeof atBegin, 'number');
    const { clockOffsetUs } = rig.adapter.status;
    rig.timers.stepped = 3600 * SECOND;
    assert.equal(rig.adapter.status.clockOffsetUs, (clockOffsetUs ?? 0) - 3600 * SECOND);
  });
});
