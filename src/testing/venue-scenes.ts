import fc from 'fast-check';
import { parseDecimal } from '../model/decimal.ts';
import { US_PER_DAY } from '../model/time.ts';
import type { OrderHandle, TimeUs } from '../model/units.ts';
import { fixedBpsSlippage } from '../slippage/model.ts';
import { TEST_START, testInstrument } from './builders.ts';
import { type Ask, VenueRig } from './venue-rig.ts';

/** One thing that happens in a scene, `dt` µs after what came before it. Prices are distances. */
export type Act =
  | {
      readonly act: 'quote';
      readonly dt: number;
      readonly k: number;
      readonly move: number;
      readonly spread: number;
      readonly size: number;
    }
  | { readonly act: 'send'; readonly dt: number; readonly ask: Ask }
  | { readonly act: 'cancel'; readonly dt: number; readonly pick: number }
  | {
      readonly act: 'replace';
      readonly dt: number;
      readonly pick: number;
      readonly quantity: number;
      readonly distance: number;
    };

const anyDt = fc.constantFrom(0, 0, 1, 5, 40, 300);
const anyDistance = fc.integer({ min: -30, max: 30 });
const anyK = fc.constantFrom(0, 0, 1);

const quotes: fc.Arbitrary<Act> = fc.record({
  act: fc.constant('quote' as const),
  dt: anyDt,
  k: anyK,
  move: fc.integer({ min: -25, max: 25 }),
  spread: fc.integer({ min: 1, max: 10 }),
  size: fc.constantFrom(0, 1, 3, 10),
});

const sends: fc.Arbitrary<Act> = fc.record({
  act: fc.constant('send' as const),
  dt: anyDt,
  ask: fc
    .record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      k: anyK,
      type: fc.constantFrom(
        'market' as const,
        'limit' as const,
        'stop' as const,
        'stopLimit' as const,
      ),
      tif: fc.constantFrom('gtc' as const, 'ioc' as const, 'fok' as const, 'gtd' as const),
      quantity: fc.integer({ min: 1, max: 12 }),
      limit: anyDistance,
      stop: anyDistance,
      expires: fc.integer({ min: 1, max: 500 }),
      reduceOnly: fc.boolean(),
      bracket: fc.constantFrom(0, 0, 10, 25),
    })
    .map(({ bracket, ...ask }) => {
      if (bracket === 0 || ask.reduceOnly) return ask;
      return { ...ask, stopLoss: bracket, takeProfit: bracket };
    }),
});

const changes: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constant('cancel' as const), dt: anyDt, pick: fc.nat({ max: 30 }) }),
  fc.record({
    act: fc.constant('replace' as const),
    dt: anyDt,
    pick: fc.nat({ max: 30 }),
    quantity: fc.integer({ min: 1, max: 12 }),
    distance: anyDistance,
  }),
);

export const anyScene: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: quotes },
    { weight: 4, arbitrary: sends },
    { weight: 2, arbitrary: changes },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

const FINANCING = {
  longRate: parseDecimal('-0.05'),
  shortRate: parseDecimal('0.01'),
  dayCount: 360,
} as const;

/** A venue with everything on: latencies, commission, slippage, financing within the scene. */
export function sceneVenue(): VenueRig {
  const instruments = [
    testInstrument('EURUSD', { financing: FINANCING }),
    testInstrument('USDJPY', { financing: FINANCING }),
  ];
  const times = [100, 400, 700, 1000].map((at) => TEST_START + at);
  const table = {
    from: TEST_START,
    horizon: (TEST_START + US_PER_DAY) as TimeUs,
    times,
    days: [1, 3, 1, 1],
  };
  return new VenueRig({
    instruments,
    venue: {
      latency: { submitUs: 5, cancelUs: 3, reportUs: 7 },
      commission: { kind: 'bps', rate: parseDecimal('0.2'), minimum: parseDecimal('0.000001') },
      slippage: fixedBpsSlippage(200),
      financing: [table, table],
      logMax: 1000,
    },
  });
}

/** Plays acts on a rig; `before` sees each act's number, for cuts and checks. */
export class Scene {
  readonly rig: VenueRig;
  readonly #mids = [100_000, 150_000];
  #at = 0;
  readonly orders: { readonly order: OrderHandle; readonly ask: Ask }[] = [];

  constructor(rig: VenueRig) {
    this.rig = rig;
    for (const [k, mid] of this.#mids.entries()) rig.quote(0, mid, mid + 5, 0, 0, k);
  }

  #mid(k: number): number {
    return this.#mids[k] ?? 0;
  }

  play(act: Act): void {
    this.#at += act.dt;
    switch (act.act) {
      case 'quote': {
        const mid = this.#mid(act.k) + act.move;
        this.#mids[act.k] = mid;
        this.rig.quote(this.#at, mid, mid + act.spread, act.size, act.size, act.k);
        return;
      }
      case 'send':
        this.#send(act.ask);
        return;
      case 'cancel':
        this.rig.cancel(this.#at, this.#pick(act.pick));
        return;
      case 'replace':
        this.#replace(this.#pick(act.pick), act.quantity, act.distance);
    }
  }

  #pick(pick: number): OrderHandle {
    const working = this.rig.venue.workingOrders();
    return (working[pick % (working.length + 1)]?.order ?? pick) as OrderHandle;
  }

  #send(ask: Ask): void {
    const mid = this.#mid(ask.k ?? 0);
    const { limit, stop, expires, stopLoss, takeProfit, ...rest } = ask;
    const direction = ask.side === 'sell' ? -1 : 1;
    const waits = ask.type === 'stop' || ask.type === 'stopLimit';
    const immediate = ask.tif === 'ioc' || ask.tif === 'fok';
    const limited = ask.type === 'limit' || ask.type === 'stopLimit';
    const tif = waits && immediate ? 'gtc' : (ask.tif ?? 'gtc');
    const whole: Ask = {
      ...rest,
      tif,
      ...(limited ? { limit: mid + (limit ?? 0) } : {}),
      ...(waits ? { stop: mid + (stop ?? 0) } : {}),
      ...(tif === 'gtd' ? { expires: this.#at + (expires ?? 0) } : {}),
      ...(stopLoss === undefined ? {} : { stopLoss: mid - direction * (40 + stopLoss) }),
      ...(takeProfit === undefined ? {} : { takeProfit: mid + direction * (40 + takeProfit) }),
    };
    this.orders.push({ order: this.rig.send(this.#at, whole), ask: whole });
  }

  #replace(order: OrderHandle, quantity: number, distance: number): void {
    const found = this.rig.venue.workingOrders().find((one) => one.order === order);
    const terms = found?.terms;
    const price = this.#mid(terms?.instrument ?? 0) + distance;
    this.rig.replace(this.#at, order, {
      quantity,
      ...(terms !== undefined && terms.limitPrice > 0 ? { limit: price } : {}),
      ...(terms !== undefined && terms.stopPrice > 0 ? { stop: price } : {}),
    });
  }

  /** Lets everything that is under way arrive. */
  end(): void {
    this.rig.until(this.#at + 2000);
  }
}
