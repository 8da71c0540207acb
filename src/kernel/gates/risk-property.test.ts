import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { stateBytes } from '../../journal/hashes.ts';
import { GATE_NAMES, type GateName } from '../../model/gate.ts';
import { Side } from '../../model/order.ts';
import { type IntentRecord, RecordKind } from '../../model/records.ts';
import type { GateSettings } from '../../testing/gate-setup.ts';
import { type NaiveExposure, naiveExposure } from '../../testing/naive-exposure.ts';
import { anyStory, RiskStory, STORY_INSTRUMENTS } from '../../testing/risk-story.ts';
import type { OrderRequest, SubmitResult } from '../strategy/api.ts';

/** Limits that a story meets often, in dollars. */
const LIMITS = {
  instrument: 40_000,
  net: 60_000,
  gross: 110_000,
  currency: 75_000,
  margin: 2000,
  positions: 4,
} as const;

const SIZE_MAX = 30_000;

const on = 'enforce' as const;
const ALL_ON: GateSettings = {
  dataFreshness: { mode: on, quoteAgeMax: '1h' },
  marketHours: { mode: on },
  orderSize: { mode: on, max: { '*': `${SIZE_MAX}` } },
  orderValue: { mode: on, max: { '*': '35000' } },
  messageRate: { mode: on, perMinute: 25, keptPercent: '20' },
  repeatedExecution: { mode: on, fills: 12, within: '1s' },
  exposure: {
    mode: on,
    perInstrument: { '*': `${LIMITS.instrument}` },
    net: `${LIMITS.net}`,
    gross: `${LIMITS.gross}`,
    perCurrency: { '*': `${LIMITS.currency}` },
  },
  openPositions: { mode: on, max: LIMITS.positions },
  margin: { mode: on, maxUsedPercent: '2' },
  brokerCaps: { mode: on, positionUnits: { '*': '50000' } },
  dailyLoss: { mode: on, max: '3000' },
  runDrawdown: { mode: on, max: '4000' },
  lossCooldown: { mode: on },
};

/** The same, cutting what would fit in part. */
const CUTTING: GateSettings = {
  ...ALL_ON,
  orderSize: { mode: on, onBreach: 'cut', max: { '*': `${SIZE_MAX}` } },
  orderValue: { mode: on, onBreach: 'cut', max: { '*': '35000' } },
  exposure: { ...ALL_ON.exposure, onBreach: 'cut' },
  margin: { ...ALL_ON.margin, onBreach: 'cut' },
  brokerCaps: { ...ALL_ON.brokerCaps, onBreach: 'cut' },
};

const MICRO = 1_000_000n;

function within(value: bigint, dollars: number): boolean {
  return value <= BigInt(dollars) * MICRO;
}

/** X17: what an accepted entry has brought is within every limit. */
function assertWithin(after: NaiveExposure, k: number): void {
  const { base, quote } = STORY_INSTRUMENTS[k] ?? { base: '', quote: '' };
  assert(within(after.instrument[k] ?? 0n, LIMITS.instrument), 'instrument');
  assert(within(after.net, LIMITS.net), 'net');
  assert(within(after.gross, LIMITS.gross), 'gross');
  for (const code of [base, quote]) {
    assert(within(after.currency.get(code) ?? 0n, LIMITS.currency), code);
  }
}

/** What may reduce the position, by X13, before the request. */
function budgetOf(story: RiskStory, { instrument: k, side }: OrderRequest): number {
  const { orders, account } = story.rig.book;
  const sign = side === 'buy' ? Side.buy : Side.sell;
  const own = account.positions[k]?.quantity ?? 0;
  // What was traded by hand may have left the account with less than the strategies hold.
  const net = own + (account.external[k]?.quantity ?? 0);
  const held = Math.sign(net) === Math.sign(own) ? Math.min(Math.abs(own), Math.abs(net)) : 0;
  if (held === 0 || own > 0 === sign > 0) return 0;
  const working = [...orders.open()].filter(({ terms }) => terms.instrument === k);
  const reducing = working.filter(({ terms }) => terms.side === sign);
  const open = reducing.reduce((sum, { remaining }) => sum + remaining, 0);
  return Math.max(0, held - open);
}

/** Gates that may deny what only reduces: it is unsafe, done already, or everything is halted. */
const NOT_OF_RISK: readonly GateName[] = ['order_validity', 'duplicate_intent', 'trading_state'];

class Judge {
  readonly story: RiskStory;
  entries = 0;
  denied = new Set<string>();
  exits = 0;

  constructor(settings: GateSettings) {
    this.story = new RiskStory(settings);
    this.story.onSubmit = (play, request) => this.#submit(play, request);
    this.story.onReplace = (play, order) => {
      const before = naiveExposure(this.story.rig.book);
      const k = order.terms.instrument;
      if (!play()) return;
      const after = naiveExposure(this.story.rig.book);
      // A replace that adds to what is reserved is an entry by another name.
      if (isRisk(before, after, k) && order.exitQuantity < order.terms.quantity) {
        assertWithin(after, k);
      }
    };
  }

  #submit(play: () => SubmitResult, request: OrderRequest): void {
    const { story } = this;
    const budget = budgetOf(story, request);
    const { active } = naiveExposure(story.rig.book);
    const result = play();
    if (!result.ok) {
      this.denied.add(result.gate);
      const onlyReduces = budget > 0 && (request.quantity <= budget || request.reduceOnly === true);
      if (onlyReduces) assert(NOT_OF_RISK.includes(result.gate), `an exit, by ${result.gate}`);
      return;
    }
    const intent = story.rig.log.of(RecordKind.intent).at(-1);
    assert(intent !== undefined);
    this.#accepted(intent, budget, request);
    // Who adds to what is open already is not stopped, however many there are.
    const after = naiveExposure(story.rig.book);
    assert(after.active <= Math.max(active, LIMITS.positions), 'positions');
  }

  #accepted(intent: IntentRecord, budget: number, request: OrderRequest): void {
    const { exitQuantity, terms } = intent;
    assert(exitQuantity <= budget, 'an exit within its budget (X13)');
    const wanted = Math.min(request.quantity, budget);
    assert.equal(exitQuantity, Math.min(wanted, SIZE_MAX), 'and all of it goes on, or in slices');
    if (exitQuantity > 0) this.exits += 1;
    if (terms.quantity === exitQuantity) return;
    this.entries += 1;
    const { book } = this.story.rig;
    const after = naiveExposure(book);
    assertWithin(after, terms.instrument);
    assert(after.margin * 50n <= BigInt(book.account.equityCount), 'margin');
  }
}

function isRisk(before: NaiveExposure, after: NaiveExposure, k: number): boolean {
  return (after.instrument[k] ?? 0n) > (before.instrument[k] ?? 0n);
}

suite('all gates together, over random sequences', () => {
  for (const [name, settings] of [
    ['denying', ALL_ON],
    ['cutting', CUTTING],
  ] as const) {
    test(`${name}: every accepted entry is within every limit with all orders filled (X17)`, () => {
      const seen = { entries: 0, exits: 0, denied: new Set<string>() };
      fc.assert(
        fc.property(anyStory, (acts) => {
          const judge = new Judge(settings);
          const { rig } = judge.story;
          for (const act of acts) {
            judge.story.play(act);
            // What is kept of these bytes must not outlive a change (K16).
            stateBytes(rig.book);
          }
          assert.deepEqual(stateBytes(rig.folded().book), stateBytes(rig.book), 'folded (X1)');
          seen.entries += judge.entries;
          seen.exits += judge.exits;
          for (const gate of judge.denied) seen.denied.add(gate);
        }),
        { numRuns: 120 },
      );
      assert(seen.entries > 100 && seen.exits > 10, `${seen.entries} entries, ${seen.exits} exits`);
      const limits = GATE_NAMES.filter((gate) => seen.denied.has(gate));
      assert(limits.includes('exposure') && limits.includes('open_positions'), limits.join());
    });
  }

  test('what is denied would not have been within the limits', () => {
    // Of these limits alone, so that no other gate spoke first.
    const { exposure = {} } = ALL_ON;
    fc.assert(
      fc.property(anyStory, (acts) => {
        const story = new RiskStory({ exposure });
        story.onSubmit = (play, request) => {
          const result = play();
          if (result.ok || result.gate !== 'exposure') return;
          const { book, log } = story.rig;
          const decision = log.of(RecordKind.decision).at(-1);
          assert(decision !== undefined);
          const { instrument, side, limitPrice, stopPrice } = decision.terms;
          const bid = book.board.bid[instrument] ?? 0;
          const ask = book.board.ask[instrument] ?? 0;
          const price = Math.max(limitPrice, stopPrice, bid, ask);
          const { quantity } = request;
          const after = naiveExposure(book, { instrument, side, quantity, price });
          assert.throws(() => assertWithin(after, instrument), 'denied without need');
        };
        for (const act of acts) story.play(act);
      }),
      { numRuns: 60 },
    );
  });
});
