import { RecordHasher } from '../src/journal/hashes.ts';
import type { ProposedOrder } from '../src/kernel/gates/gate.ts';
import { GatePipeline } from '../src/kernel/gates/pipeline.ts';
import { Kernel } from '../src/kernel/kernel.ts';
import { InputKind } from '../src/model/inputs.ts';
import type { Instrument } from '../src/model/instrument.ts';
import { OrderType, Side, TimeInForce } from '../src/model/order.ts';
import { RecordKind } from '../src/model/records.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  NO_PRICE,
  NO_TIME,
  type OrderHandle,
  type Price,
  type Quantity,
} from '../src/model/units.ts';
import { TEST_START, testConfigs, testInstrument, testKeys } from '../src/testing/builders.ts';
import { type GateSettings, gateSetup } from '../src/testing/gate-setup.ts';
import type { Figures } from './fresh-process.ts';

const WORKING = 200;
const BATCH = 500;
const BATCHES = 400;

const on = 'enforce' as const;
const WIDE = '3000000000';

/** Every gate that can be set, with limits that deny nothing. */
const ALL_ON: GateSettings = {
  dataFreshness: { mode: on, quoteAgeMax: '1h' },
  marketHours: { mode: on, afterOpen: '1m', beforeClose: '1m', beforeRollover: '1m' },
  orderSize: { mode: on, max: { '*': '10000000' } },
  duplicative: { mode: on, within: '1m' },
  orderValue: { mode: on, max: { '*': WIDE } },
  priceCollar: { mode: on, entryPips: { '*': '1000' }, exitPips: { '*': '2000' } },
  messageRate: { mode: on, perSecond: 1000, perMinute: 10_000, instrumentPerMinute: 5000 },
  repeatedExecution: { mode: on, fills: 100 },
  exposure: {
    mode: on,
    perInstrument: { '*': WIDE },
    net: WIDE,
    gross: WIDE,
    perCurrency: { '*': WIDE },
  },
  openPositions: { mode: on, max: 500 },
  margin: { mode: on, maxUsedPercent: '1000', rateAgeMax: '1d' },
  brokerCaps: { mode: on, orderUnits: { '*': '50000000' }, positionUnits: { '*': '50000000' } },
  dailyLoss: { mode: on, max: '90000' },
  runDrawdown: { mode: on, max: '90000' },
  lossMarks: { ageMax: '1d', spreadMaxPips: { '*': '500' } },
  lossCooldown: { mode: on },
};

/** Seventy in dollars, fifteen in yen, fifteen in pounds, which are converted. */
function instruments(): readonly Instrument[] {
  const code = (k: number): string =>
    `X${String.fromCharCode(65 + Math.floor(k / 26), 65 + (k % 26))}`;
  const crosses = Array.from({ length: 98 }, (_, k) =>
    testInstrument(code(k) + (k < 68 ? 'USD' : k < 83 ? 'JPY' : 'GBP')),
  );
  return [testInstrument('USDJPY'), testInstrument('GBPUSD'), ...crosses];
}

function kernelOf(settings: GateSettings): Kernel {
  const all = instruments();
  const keys = testKeys(
    {},
    { repeatWithinUs: settings.duplicative === undefined ? 0 : 60_000_000 },
  );
  const { kernel: config } = testConfigs({
    instruments: all,
    strategies: [],
    kernel: { ...gateSetup(settings, { instruments: all }), keys },
  });
  const strategy = { ...config, strategies: [] };
  const kernel = new Kernel(strategy, new RecordHasher());
  const { book } = kernel;
  book.clock[0] = TEST_START;
  kernel.apply({
    kind: InputKind.started,
    prefix: 'B',
    nonce: 'aaaaaaaaaa',
    handlesTaken: NO_ORDER,
    restored: false,
  });
  book.reconciliation.armed = true;
  for (const k of all.keys()) kernel.quote(k, 100_000 + k, 100_010 + k, 0, 0);
  return kernel;
}

function proposed(k: number, n: number): ProposedOrder {
  return {
    strategy: 0,
    key: `k${n % 1000}`,
    terms: {
      instrument: k as InstrumentIndex,
      side: n % 2 === 0 ? Side.buy : Side.sell,
      type: OrderType.market,
      timeInForce: TimeInForce.ioc,
      quantity: 1000 as Quantity,
      limitPrice: NO_PRICE,
      stopPrice: NO_PRICE,
      expireTime: NO_TIME,
      reduceOnly: false,
      stopLoss: NO_PRICE,
      takeProfit: NO_PRICE,
    },
    exitQuantity: 0 as Quantity,
    entryQuantity: 1000 as Quantity,
    reservedPrice: (100_010 + k) as Price,
  };
}

const HELD = 20;

/** Twenty positions, and two hundred limit orders on all instruments, on both sides. */
function fillBook(kernel: Kernel): void {
  const { book } = kernel;
  for (let n = 0; n < HELD; n++) {
    book.account.applyExternalFill((n * 5) as InstrumentIndex, {
      side: n % 2 === 0 ? Side.buy : Side.sell,
      quantity: 1000 as Quantity,
      price: 100_000 as Price,
      time: TEST_START,
      decision: { strategy: 0, instrument: 0 as InstrumentIndex, number: 0 },
      stopDistance: -1,
    });
  }
  for (let n = 0; n < WORKING; n++) {
    const k = n % book.instruments.length;
    // Of another size than those that are judged: these would be repeats.
    const terms = { ...proposed(k, n).terms, quantity: 900 as Quantity };
    const decision = { strategy: 0, instrument: k as InstrumentIndex, number: n };
    const limitPrice = 99_000 as Price;
    const asked = { ...terms, type: OrderType.limit, timeInForce: TimeInForce.gtc, limitPrice };
    const key = `w${n}`;
    book.evolve({
      kind: RecordKind.decision,
      action: 0,
      decision,
      key,
      terms: asked,
      order: NO_ORDER,
    });
    book.evolve({
      kind: RecordKind.intent,
      order: (n + 1) as OrderHandle,
      decision,
      key,
      terms: asked,
      requested: asked.quantity,
      exitQuantity: 0 as Quantity,
      reservedPrice: limitPrice,
      stopLossOrder: NO_ORDER,
      takeProfitOrder: NO_ORDER,
    });
  }
}

/** A run of judgements, or of all that is around them alone. */
class Run {
  readonly #kernel: Kernel;
  readonly #pipeline: GatePipeline;
  readonly #orders: readonly ProposedOrder[];
  readonly #quotes: number;
  #move = 0;

  constructor(settings: GateSettings, quotes: number) {
    this.#kernel = kernelOf(settings);
    fillBook(this.#kernel);
    const { instruments: all } = this.#kernel.book;
    this.#pipeline = new GatePipeline(gateSetup(settings, { instruments: all }).gates);
    this.#orders = Array.from({ length: 1000 }, (_, n) => proposed((n * 7) % all.length, n));
    this.#quotes = quotes;
  }

  /** Nanoseconds an order. */
  batch(orders: number, judged: boolean): number {
    const startedAt = performance.now();
    for (let n = 0; n < orders; n++) {
      this.#quote();
      const order = this.#orders[n % 1000] as ProposedOrder;
      if (judged && this.#pipeline.judge(order, this.#kernel.book).verdict !== 'pass') {
        throw new Error(`the benchmark was denied: ${n}`);
      }
      this.#changeOrders(order);
    }
    return ((performance.now() - startedAt) * 1e6) / orders;
  }

  /** Nanoseconds a quote, of so many times a quote of every instrument. */
  quoting(rounds: number): number {
    const startedAt = performance.now();
    for (let n = 0; n < rounds; n++) this.#quote();
    return ((performance.now() - startedAt) * 1e6) / (rounds * this.#quotes);
  }

  #quote(): void {
    const kernel = this.#kernel;
    const count = this.#orders.length / 10;
    for (let q = 0; q < this.#quotes; q++) {
      this.#move += 1;
      kernel.book.clock[0] = TEST_START + this.#move;
      const k = this.#move % count;
      const price = 100_000 + k + (this.#move % 13);
      kernel.quote(k, price, price + 10, 0, 0);
    }
  }

  /** An order of the instrument comes and another goes: what is reserved has changed. */
  #changeOrders({ terms: { instrument, side } }: ProposedOrder): void {
    const { reservations } = this.#kernel.book.orders;
    reservations.count(instrument, side, 1000, 99_000);
    reservations.count(instrument, side, -1000, 99_000);
  }
}

/** What a judgement takes when so many quotes came since the last one, best of several batches. */
function judging(settings: GateSettings, quotes: number): number {
  const run = new Run(settings, quotes);
  const orders = Math.max(50, Math.ceil(BATCH / quotes));
  let judged = Number.POSITIVE_INFINITY;
  let around = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < BATCHES; batch++) {
    judged = Math.min(judged, run.batch(orders, true));
    around = Math.min(around, run.batch(orders, false));
  }
  return judged - around;
}

/** What a quote takes, no order asked for, in turns so that both see the same machine. */
function quoting(): { onNs: number; offNs: number } {
  const [on, off] = [new Run(ALL_ON, 100), new Run({}, 100)];
  let onNs = Number.POSITIVE_INFINITY;
  let offNs = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < BATCHES; batch++) {
    onNs = Math.min(onNs, on.quoting(BATCH));
    offNs = Math.min(offNs, off.quoting(BATCH));
  }
  return { onNs, offNs };
}

/**
 * What all gates take of an order, and what the four that are always on take; and what a quote
 * takes with all gates on and with none of those that can be set.
 */
export function gateCost(): Figures {
  const { onNs, offNs } = quoting();
  const all = judging(ALL_ON, 1);
  const allMoved = judging(ALL_ON, 100);
  const fixed = judging({}, 1);
  return {
    allNs: all,
    allMovedNs: allMoved,
    fixedNs: fixed,
    ratio: all / fixed,
    quoteNs: onNs,
    quoteRatio: onNs / offNs,
  };
}
