import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GATE_NAMES, type GateMode, type GateName } from '../../model/gate.ts';
import { RecordKind } from '../../model/records.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import type { Money, OrderHandle, Price, Quantity } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { alwaysOpen, TEST_START } from '../../testing/builders.ts';
import { type GateSettings, gateSetup } from '../../testing/gate-setup.ts';
import { KernelRig, SwitchedGate } from '../../testing/kernel-rig.ts';

const BID = 100_000;
const ASK = 100_010;
/** The market closes, for the one scene that asks. */
const CLOSES_AT = TEST_START + 3600 * US_PER_SECOND;

type Side = 'buy' | 'sell';

/** How an entry of ten, or of six beside an exit, comes to be denied by the gate. */
interface Scene {
  readonly gate: GateName;
  readonly reason: string;
  readonly settings: (mode: GateMode) => GateSettings;
  /** Brings it about while the gate is switched off; most limits need nothing. */
  readonly provoke?: (rig: KernelRig, side: Side) => void;
  /** The same before there is any position. */
  readonly first?: (rig: KernelRig, side: Side) => void;
}

/** Sends an order of one that ends at once, and a cancel. */
function sendMessages(rig: KernelRig, side: Side): void {
  const order = rig.work(side, 1, 'message');
  rig.act((context) => context.cancel(order));
  rig.report({ report: ReportKind.cancelled, order });
}

/** Opens one and closes it again on either side, at a loss. */
function tradeTwice(rig: KernelRig, side: Side): void {
  const other: Side = side === 'buy' ? 'sell' : 'buy';
  for (const [n, one] of [side, other, side, other].entries()) {
    const order = rig.order({ side: one, quantity: 1 as Quantity, key: `trade${n}` });
    rig.fill(order, 1, BID, { realized: -5n as Money });
  }
}

const SCENES: readonly Scene[] = [
  {
    gate: 'data_freshness',
    reason: 'quote_stale',
    settings: (mode) => ({ dataFreshness: { mode, quoteAgeMax: '1s' } }),
    provoke: (rig) => rig.wait(2 * US_PER_SECOND),
  },
  {
    gate: 'market_hours',
    reason: 'market_closed',
    settings: (mode) => ({ marketHours: { mode } }),
    provoke: (rig) => rig.wait(CLOSES_AT - rig.now),
  },
  {
    gate: 'order_size',
    reason: 'order_size_above_limit',
    settings: (mode) => ({ orderSize: { mode, max: { '*': '5' } } }),
  },
  {
    gate: 'order_value',
    reason: 'order_value_above_limit',
    settings: (mode) => ({ orderValue: { mode, max: { '*': '5' } } }),
  },
  {
    gate: 'price_collar',
    reason: 'price_beyond_collar',
    settings: (mode) => ({ priceCollar: { mode, entryPips: { '*': '0.4' } } }),
  },
  {
    gate: 'message_rate',
    reason: 'messages_per_minute',
    settings: (mode) => ({ messageRate: { mode, perMinute: 2, keptPercent: '0' } }),
    provoke: sendMessages,
  },
  {
    gate: 'repeated_execution',
    reason: 'strategy_exit_only',
    settings: (mode) => ({ repeatedExecution: { mode, fills: 2, within: '1s' } }),
    first: tradeTwice,
  },
  {
    gate: 'exposure',
    reason: 'instrument_exposure_above_limit',
    settings: (mode) => ({ exposure: { mode, perInstrument: { '*': '5' } } }),
  },
  {
    gate: 'margin',
    reason: 'margin_above_limit',
    settings: (mode) => ({ margin: { mode, maxUsedPercent: '0.0001' } }),
  },
  {
    gate: 'broker_caps',
    reason: 'order_units_above_cap',
    settings: (mode) => ({ brokerCaps: { mode, orderUnits: { '*': '5' } } }),
  },
  {
    gate: 'loss_cooldown',
    reason: 'losing_streak',
    settings: (mode) => ({ lossCooldown: { mode, losses: 2, wait: '1h' } }),
    first: tradeTwice,
  },
];

/** What is asked for, seen from the side of the order: a position of −10 is what it can reduce. */
interface Case {
  readonly name: string;
  readonly position: number;
  readonly quantity: number;
  /** An exit of so much works already, or is in doubt. */
  readonly working?: number;
  readonly inDoubt?: boolean;
  readonly restart?: boolean;
  /** What a gate that enforces lets through; the rest is denied as an entry. */
  readonly passes: number;
}

const CASES: readonly Case[] = [
  { name: 'an entry', position: 0, quantity: 10, passes: 0 },
  { name: 'an addition', position: 10, quantity: 10, passes: 0 },
  { name: 'an exit', position: -10, quantity: 10, passes: 10 },
  { name: 'a partial exit', position: -10, quantity: 4, passes: 4 },
  { name: 'a flip', position: -10, quantity: 25, passes: 10 },
  { name: 'an exit beside one that works', position: -10, quantity: 4, working: 6, passes: 4 },
  { name: 'more than is left to exit', position: -10, quantity: 10, working: 6, passes: 4 },
  {
    name: 'an exit beside one in doubt',
    position: -10,
    quantity: 4,
    working: 6,
    inDoubt: true,
    passes: 4,
  },
  { name: 'an entry after a restart', position: 0, quantity: 10, restart: true, passes: 0 },
  { name: 'a flip after a restart', position: -10, quantity: 25, restart: true, passes: 10 },
];

function rigOf(scene: Scene, mode: GateMode): { rig: KernelRig; gate: SwitchedGate } {
  const setup = gateSetup(scene.settings(mode));
  const real = setup.gates.find(({ name }) => name === scene.gate);
  assert(real !== undefined, scene.gate);
  const gate = new SwitchedGate(real);
  const gates = setup.gates.map((one) => (one === real ? gate : one));
  const open = alwaysOpen();
  const calendar = scene.gate === 'market_hours' ? { ...open, closes: [CLOSES_AT] } : open;
  const rig = new KernelRig({ kernel: { ...setup, gates, calendars: [calendar] } });
  rig.quote(0, BID, ASK);
  return { rig, gate };
}

/** Plays a case: `sent 10`, `denied order_size …`, and the denials that were recorded. */
function played(scene: Scene, side: Side, mode: GateMode, c: Case): readonly string[] {
  const { rig, gate } = rigOf(scene, mode);
  const sign = side === 'buy' ? 1 : -1;
  scene.first?.(rig, side);
  rig.hold(sign * c.position);
  if (c.working !== undefined) workExit(rig, side, c.working, c.inDoubt === true);
  scene.provoke?.(rig, side);
  if (c.restart === true) rig.restart();
  gate.on = true;
  const before = rig.log.of(RecordKind.denial).length;
  const sends = rig.venue.submits.length;
  const result = rig.submit({ side, quantity: c.quantity as Quantity, key: 'asked' });
  const denials = rig.log.of(RecordKind.denial).slice(before);
  for (const denial of denials) {
    assert.equal(denial.shadow, mode === 'shadow');
    assert.equal(denial.allowed, 0);
    assert.equal(denial.decision.number > 0, true);
  }
  const named = denials.map(({ gate: number }) => GATE_NAMES[number] ?? '');
  if (!result.ok) {
    assert.equal(rig.venue.submits.length, sends, 'what is denied is not sent');
    return [`denied ${result.gate} ${result.reason}`, ...named];
  }
  // An exit above a size goes out in slices (X20).
  const sent = (rig.venue.submits.at(-1)?.terms.quantity ?? 0) + (result.later ?? 0);
  return [`sent ${sent}`, ...named];
}

function workExit(rig: KernelRig, side: Side, quantity: number, inDoubt: boolean): OrderHandle {
  const limitPrice = (side === 'buy' ? 50_000 : 200_000) as Price;
  const terms = { type: 'limit', limitPrice, key: 'exit' } as const;
  const order = rig.order({ side, quantity: quantity as Quantity, ...terms });
  rig.report({ report: inDoubt ? ReportKind.unknown : ReportKind.accepted, order });
  return order;
}

suite('every gate that can be set', () => {
  for (const scene of SCENES) {
    for (const side of ['buy', 'sell'] as const) {
      test(`${scene.gate} denies a ${side} its entry and never its exit`, () => {
        for (const c of CASES) {
          const cut = c.passes < c.quantity;
          const enforced =
            c.passes === 0 ? `denied ${scene.gate} ${scene.reason}` : `sent ${c.passes}`;
          const names = cut ? [scene.gate] : [];
          assert.deepEqual(played(scene, side, 'enforce', c), [enforced, ...names], c.name);
          const all = `sent ${c.quantity}`;
          assert.deepEqual(played(scene, side, 'shadow', c), [all, ...names], `${c.name}, shadow`);
          assert.deepEqual(played(scene, side, 'off', c), [all], `${c.name}, off`);
        }
      });
    }
  }

  test('has its scene here or its own test', () => {
    const own = ['duplicative', 'open_positions', 'daily_loss', 'run_drawdown'];
    const fixed = GATE_NAMES.slice(0, 4);
    const scenes = SCENES.map(({ gate }) => gate);
    assert.deepEqual(
      GATE_NAMES.filter((name) => ![...own, ...fixed, ...scenes].includes(name)),
      [],
    );
  });
});
