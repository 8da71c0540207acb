import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stateBytes } from '../../journal/hashes.ts';
import { blankControl, type Control, ControlAction } from '../../model/control.ts';
import { TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { US_PER_HOUR, US_PER_SECOND } from '../../model/time.ts';
import type { Quantity, TimeUs } from '../../model/units.ts';
import { type GateSettings, gateSetup } from '../../testing/gate-setup.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';

const MID = 100_000;
/** One count of price is one dollar. */
const UNITS = 100_000;
const BASE = 100_000_000_000;
const RAILS: GateSettings = {
  runDrawdown: { mode: 'enforce', max: '500' },
  lossMarks: { count: 1, over: '0s', ageMax: '10s', spreadMaxPips: { '*': '2' } },
};

/** A position that has lost so many dollars. */
function fallen(side: 'buy' | 'sell', dollars: number, settings = RAILS): KernelRig {
  const rig = new KernelRig({ kernel: gateSetup(settings) });
  rig.quote(0, MID, MID);
  rig.fill(rig.order({ side, quantity: UNITS as Quantity, key: 'open' }), UNITS, MID);
  const price = MID - (side === 'buy' ? 1 : -1) * dollars;
  rig.quote(0, price, price);
  return rig;
}

/** What the kernel says to an operator who arms it. */
function resume(rig: KernelRig, more: Partial<Control> = {}): string {
  const action = ControlAction.resume;
  const control = { ...blankControl(), action, by: 'anna', reason: 'seen to', ...more };
  const refusal = rig.kernel.controlRefusal(control)?.refusal ?? 'armed';
  rig.input({ kind: InputKind.control, control });
  assert.equal(rig.book.tradingState === TradingState.active, refusal === 'armed');
  return refusal;
}

suite('arming after a drawdown (X21)', () => {
  for (const side of ['buy', 'sell'] as const) {
    test(`needs a new peak, of a ${side}: no override passes over it, nor a recovery`, () => {
      const rig = fallen(side, 600);
      assert.equal(rig.book.tradingState, TradingState.exitOnly);
      assert.equal(resume(rig), 'new_peak_needed');
      const overrideUntil = (rig.now + US_PER_HOUR) as TimeUs;
      assert.equal(resume(rig, { overrideUntil }), 'new_peak_needed');
      rig.quote(0, MID, MID);
      assert.equal(resume(rig), 'new_peak_needed', 'what was lost is won back');
      rig.restart();
      assert.equal(resume(rig, { newPeak: true }), 'armed');
    });

    test(`measures from equity as it is then, of a ${side}: as much may be lost once more`, () => {
      const rig = fallen(side, 600);
      const sign = side === 'buy' ? 1 : -1;
      assert.equal(resume(rig, { newPeak: true }), 'armed');
      assert.equal(rig.book.risk.rails?.drawdown?.base, BASE - 600_000_000);
      assert.deepEqual(stateBytes(rig.folded().book), stateBytes(rig.book), 'folded (X1)');
      rig.quote(0, MID - sign * 1099, MID - sign * 1099);
      assert.equal(rig.book.tradingState, TradingState.active);
      rig.restart();
      rig.quote(0, MID - sign * 1100, MID - sign * 1100);
      assert.equal(rig.book.tradingState, TradingState.exitOnly);
      assert.equal(resume(rig), 'new_peak_needed');
    });
  }

  test('is refused where no drawdown has stopped the engine', () => {
    const rig = fallen('buy', 100);
    rig.state(TradingState.exitOnly);
    assert.equal(resume(rig, { newPeak: true }), 'no_drawdown');
    assert.equal(resume(rig), 'armed');
    const off = fallen('buy', 600, {});
    off.state(TradingState.exitOnly);
    assert.equal(resume(off, { newPeak: true }), 'no_drawdown');
  });

  test('is refused on a mark that is not certain', () => {
    const rig = fallen('buy', 600);
    rig.wait(11 * US_PER_SECOND);
    rig.input({ kind: InputKind.boundary });
    assert.equal(resume(rig, { newPeak: true }), 'mark_uncertain');
    rig.quote(0, MID - 600, MID - 600);
    assert.equal(resume(rig, { newPeak: true }), 'armed');
  });

  test('leaves a daily loss to its override, and asks for both where both have tripped', () => {
    const both: GateSettings = { ...RAILS, dailyLoss: { mode: 'enforce', max: '500' } };
    const rig = fallen('buy', 600, both);
    assert.equal(resume(rig, { newPeak: true }), 'cause_persists');
    const overrideUntil = (rig.now + US_PER_HOUR) as TimeUs;
    assert.equal(resume(rig, { overrideUntil }), 'new_peak_needed');
    assert.equal(resume(rig, { newPeak: true, overrideUntil }), 'armed');
    assert.equal(rig.book.stops.overridden(rig.now).length, 1);
  });

  test('is not asked for a drawdown in shadow', () => {
    const shadow: GateSettings = { ...RAILS, runDrawdown: { mode: 'shadow', max: '500' } };
    const rig = fallen('buy', 600, shadow);
    rig.state(TradingState.exitOnly);
    assert.equal(resume(rig), 'armed');
  });
});
