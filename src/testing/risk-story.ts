import fc from 'fast-check';
import type { Order } from '../kernel/orders/order.ts';
import type { OrderRequest, SubmitResult } from '../kernel/strategy/api.ts';
import { TradingState } from '../model/gate.ts';
import { InputKind } from '../model/inputs.ts';
import type { OrderTypeName } from '../model/order.ts';
import type { InstrumentIndex, Money, Price, Quantity } from '../model/units.ts';
import { blankLedgerFact, LedgerKind, ReportKind } from '../model/venue.ts';
import { testInstrument } from './builders.ts';
import { type GateSettings, gateSetup } from './gate-setup.ts';
import { KernelRig } from './kernel-rig.ts';

/** EURGBP is converted through GBPUSD, USDJPY through itself, EURJPY through the inverse of it. */
export const STORY_INSTRUMENTS = ['EURUSD', 'GBPUSD', 'EURGBP', 'USDJPY', 'EURJPY'].map((symbol) =>
  testInstrument(symbol),
);
const MIDS = [110_000, 125_000, 88_000, 150_000, 165_000] as const;
const TYPES: readonly OrderTypeName[] = ['market', 'limit', 'stop', 'stop_limit'];

export type StoryAct =
  | { readonly act: 'quote'; readonly k: number; readonly move: number; readonly spread: number }
  | { readonly act: 'submit'; readonly k: number; readonly ask: Asked }
  | { readonly act: 'answer'; readonly pick: number; readonly what: Answer; readonly part: number }
  | { readonly act: 'replace'; readonly pick: number; readonly part: number; readonly move: number }
  | { readonly act: 'foreign'; readonly k: number; readonly quantity: number }
  | { readonly act: 'restart' };

interface Asked {
  readonly side: 'buy' | 'sell';
  readonly type: number;
  readonly quantity: number;
  readonly offset: number;
  readonly reduceOnly: boolean;
}
type Answer = 'accept' | 'fill' | 'part' | 'cancel' | 'unknown' | 'ask_cancel';

const anyK = fc.nat(STORY_INSTRUMENTS.length - 1);
const anyQuantity = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 60_000 }));
const anyAct: fc.Arbitrary<StoryAct> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('quote' as const),
      k: anyK,
      move: fc.integer({ min: -3000, max: 3000 }),
      spread: fc.nat(40),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('submit' as const),
      k: anyK,
      ask: fc.record({
        side: fc.constantFrom('buy' as const, 'sell' as const),
        type: fc.nat(3),
        quantity: anyQuantity,
        offset: fc.integer({ min: -900, max: 900 }),
        reduceOnly: fc.constantFrom(false, false, false, false, true),
      }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('answer' as const),
      pick: fc.nat(20),
      what: fc.constantFrom<Answer>(
        'accept',
        'fill',
        'fill',
        'part',
        'cancel',
        'unknown',
        'ask_cancel',
      ),
      part: fc.integer({ min: 1, max: 60_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('replace' as const),
      pick: fc.nat(20),
      part: fc.integer({ min: 1, max: 60_000 }),
      move: fc.integer({ min: -900, max: 900 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('foreign' as const),
      k: anyK,
      quantity: fc.integer({ min: -5000, max: 5000 }).filter((quantity) => quantity !== 0),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ act: 'restart' as const }) },
);

export const anyStory = fc.array(anyAct, { minLength: 5, maxLength: 45, size: 'max' });

/** Plays random acts on four instruments; a test looks on. */
export class RiskStory {
  readonly rig: KernelRig;
  #keys = 0;
  /** Called before and after a strategy's request that is an order or a replace. */
  onSubmit: (play: () => SubmitResult, request: OrderRequest) => void = (play) => void play();
  onReplace: (play: () => boolean, order: Order) => void = (play) => void play();

  constructor(settings: GateSettings) {
    const instruments = STORY_INSTRUMENTS;
    // What is in doubt holds all entries: without that gate reservations in doubt are tried too.
    const kernel = gateSetup(settings, { instruments, without: ['hold'] });
    this.rig = new KernelRig({ instruments, kernel });
    for (const [k, mid] of MIDS.entries()) this.rig.quote(k, mid, mid + 10);
  }

  play(act: StoryAct): void {
    const { rig } = this;
    switch (act.act) {
      case 'quote': {
        const mid = (MIDS[act.k] ?? 0) + act.move;
        rig.quote(act.k, mid, mid + act.spread);
        return;
      }
      case 'submit':
        this.#submit(act.k, act.ask);
        return;
      case 'answer':
        this.#answer(this.#pick(act.pick), act.what, act.part);
        return;
      case 'replace':
        this.#replace(this.#pick(act.pick), act.part, act.move);
        return;
      case 'foreign':
        this.#foreign(act.k, act.quantity);
        return;
      case 'restart':
        rig.restart();
    }
  }

  #pick(pick: number): Order | undefined {
    const open = [...this.rig.book.orders.open()];
    return open[pick % Math.max(1, open.length)];
  }

  #submit(k: number, { side, type, quantity, offset, reduceOnly }: Asked): void {
    const { rig } = this;
    this.#keys += 1;
    const price = (rig.book.board.bid[k] ?? 0) + offset;
    const limit = type === 1 || type === 3 ? { limitPrice: price as Price } : {};
    const stop = type === 2 || type === 3 ? { stopPrice: (price + 3) as Price } : {};
    const request: OrderRequest = {
      instrument: k as InstrumentIndex,
      side,
      type: TYPES[type] ?? 'market',
      quantity: quantity as Quantity,
      key: `s${this.#keys}`,
      reduceOnly,
      ...limit,
      ...stop,
    };
    this.onSubmit(() => rig.submit(request), request);
  }

  #answer(order: Order | undefined, what: Answer, part: number): void {
    if (order === undefined) return;
    const { rig } = this;
    const { handle } = order;
    const left = order.terms.quantity - order.filled;
    if (what === 'accept') rig.report({ report: ReportKind.accepted, order: handle });
    else if (what === 'unknown') rig.report({ report: ReportKind.unknown, order: handle });
    else if (what === 'cancel') rig.report({ report: ReportKind.cancelled, order: handle });
    else if (what === 'ask_cancel') rig.act((context) => context.cancel(handle));
    else if (left > 0) rig.fill(handle, what === 'fill' ? left : Math.min(left, part));
  }

  #replace(order: Order | undefined, part: number, move: number): void {
    if (order === undefined) return;
    const { limitPrice, stopPrice, quantity } = order.terms;
    const by = (price: Price): Price => (price === 0 ? price : price + move) as Price;
    const change = {
      quantity: Math.min(quantity, order.filled + part) as Quantity,
      limitPrice: by(limitPrice),
      stopPrice: by(stopPrice),
    };
    this.onReplace(() => {
      const { ok } = this.rig.act((context) => context.replace(order.handle, change));
      return ok;
    }, order);
    // Every second one is answered.
    if (part % 2 === 0) return;
    const report = part % 3 === 0 ? ReportKind.replaced : ReportKind.replaceRefused;
    this.rig.report({ report, order: order.handle, ...change });
  }

  /** A fill that nobody here asked for, and an operator who lets trading go on. */
  #foreign(k: number, quantity: number): void {
    const { rig } = this;
    rig.cursor += 1;
    const ledger = {
      ...blankLedgerFact(),
      fact: LedgerKind.foreignFill,
      instrument: k as InstrumentIndex,
      hasInstrument: true,
      quantity: quantity as Quantity,
      price: (MIDS[k] ?? 0) as Price,
      balance: rig.book.account.balance as Money,
      reference: `f${rig.cursor}`,
      venueTime: rig.now,
      cursor: rig.cursor,
    };
    rig.input({ kind: InputKind.ledger, ledger });
    rig.state(TradingState.active);
  }
}
