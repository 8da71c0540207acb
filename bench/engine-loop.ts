import { RecordHasher } from '../src/journal/hashes.ts';
import type { Journal } from '../src/journal/journal.ts';
import { NoJournal } from '../src/journal/no-journal.ts';
import { Kernel } from '../src/kernel/kernel.ts';
import {
  defineStrategy,
  type InstrumentIndex,
  type Quantity,
  type StrategyContext,
  type StrategyDefinition,
  type StrategySetup,
} from '../src/kernel/strategy/api.ts';
import type { Ema } from '../src/market/indicators/ema.ts';
import type { QuoteBlock } from '../src/market/quotes.ts';
import { present } from '../src/model/assert.ts';
import { InputKind } from '../src/model/inputs.ts';
import { NO_ORDER } from '../src/model/units.ts';
import { EmbeddedLoop } from '../src/runtime/embedded-loop.ts';
import { FanOut } from '../src/runtime/fan-out.ts';
import { Outbox } from '../src/runtime/outbox.ts';
import { TEST_START, testConfigs, testInstrument } from '../src/testing/builders.ts';
import type { SimLatency } from '../src/venues/sim/config.ts';
import { SimVenue } from '../src/venues/sim/sim-venue.ts';
import { LOOK_EVERY } from './floor-loop.ts';

const UNITS = 10_000;

interface Watch {
  readonly fast: Ema;
  readonly slow: Ema;
  seen: number;
  side: number;
}

/** The strategy of the floor loop, written as a user would write it. */
class CrossStrategy {
  readonly #watches: readonly Watch[];
  readonly #every: number;

  constructor(setup: StrategySetup, every: number) {
    this.#every = every;
    this.#watches = setup.instruments.map(() => ({
      fast: setup.ema(10),
      slow: setup.ema(30),
      seen: 0,
      side: 0,
    }));
  }

  look(context: StrategyContext, k: InstrumentIndex, value: number): void {
    const watch = this.#watches[k] as Watch;
    watch.fast.update(value);
    watch.slow.update(value);
    watch.seen += 1;
    if (watch.seen % this.#every !== 0 || !watch.slow.ready) return;
    const want = watch.fast.value > watch.slow.value ? 1 : -1;
    if (want === watch.side) return;
    watch.side = want;
    const units = want * UNITS - context.position(k);
    context.submit({
      instrument: k,
      side: units > 0 ? 'buy' : 'sell',
      type: 'market',
      quantity: Math.abs(units) as Quantity,
    });
  }
}

const anything = { safeParse: (value: unknown) => ({ success: true as const, data: value }) };

const onBars = defineStrategy<unknown>({
  name: 'cross-on-bars',
  version: 1,
  parameters: anything,
  create(setup) {
    for (const k of setup.instruments) setup.bars(k, '1m', 'mid');
    const cross = new CrossStrategy(setup, 1);
    return { onBar: (context, bar) => cross.look(context, bar.instrument, bar.close) };
  },
});

const onQuotes = defineStrategy<unknown>({
  name: 'cross-on-quotes',
  version: 1,
  parameters: anything,
  create(setup) {
    for (const k of setup.instruments) {
      setup.quotes(k);
      setup.bars(k, '1m', 'mid');
    }
    const cross = new CrossStrategy(setup, LOOK_EVERY);
    return {
      onQuote: (context, quote) =>
        cross.look(context, quote.instrument, (quote.bid + quote.ask) / 2),
    };
  },
});

/** An engine with its venue, ready to be fed a tape. */
export interface Engine {
  readonly kernel: Kernel;
  readonly loop: EmbeddedLoop;
  readonly records: RecordHasher;
}

/** Instruments quoted in the account currency, as many as asked for. */
function symbols(count: number): readonly string[] {
  return Array.from({ length: count }, (_, k) => {
    const letters = String.fromCharCode(65 + (Math.floor(k / 26) % 26), 65 + (k % 26));
    return `X${letters}USD`;
  });
}

/** Where records go: to a hash, as in a backtest; to a journal, as in a running engine; to both. */
interface Sinks {
  readonly journal?: Journal | undefined;
  readonly hashed?: boolean;
}

function build(
  instruments: number,
  definition: StrategyDefinition<unknown>,
  latency: SimLatency,
  { journal, hashed }: Sinks = {},
): Engine {
  const { kernel: kernelConfig, venue: venueConfig } = testConfigs({
    instruments: symbols(instruments).map((symbol) => testInstrument(symbol)),
    strategies: [{ id: 'cross', definition, parameters: {} }],
    venue: { latency },
  });
  const records = new RecordHasher();
  const both = journal !== undefined && hashed === true;
  const sink = both ? new FanOut([records, journal]) : (journal ?? records);
  const kernel = new Kernel(kernelConfig, sink);
  const venue = new SimVenue(venueConfig, kernel.book.board);
  venue.open(TEST_START);
  const alerts = { alert: (_: number, key: string, text: string) => refuse(key, text) };
  const outbox = new Outbox(kernel, venue, alerts);
  const loop = new EmbeddedLoop(kernel, venue, journal ?? new NoJournal(), outbox);
  const started = {
    prefix: 'BENCH',
    nonce: 'aaaaaaaaaa',
    handlesTaken: NO_ORDER,
    restored: false,
  };
  loop.input(venue.opening(TEST_START), TEST_START);
  loop.input({ kind: InputKind.started, ...started }, TEST_START);
  return { kernel, loop, records };
}

/** The engine of the floor's strategy. */
export function createEngine(
  instruments: number,
  onEveryQuote: boolean,
  journal?: Journal,
): Engine {
  const latency = { submitUs: 50_000, cancelUs: 50_000, reportUs: 0 };
  return build(instruments, onEveryQuote ? onQuotes : onBars, latency, { journal, hashed: true });
}

/** An engine whose strategy turns its position over at each `every`-th quote. */
export function createOrderEngine(every: number, journal?: Journal): Engine {
  const definition = defineStrategy<unknown>({
    name: 'turn-over',
    version: 1,
    parameters: anything,
    create(setup) {
      const k = setup.instrument('XAAUSD');
      let seen = 0;
      setup.quotes(k);
      return {
        onQuote(context) {
          seen += 1;
          if (seen % every !== 0) return;
          const held = context.position(k);
          const quantity = (held === 0 ? UNITS : 2 * UNITS) as Quantity;
          const side = held > 0 ? 'sell' : 'buy';
          context.submit({ instrument: k, side, type: 'market', quantity });
        },
      };
    },
  });
  return build(1, definition, { submitUs: 1, cancelUs: 1, reportUs: 0 }, { journal });
}

/** An engine whose strategy makes `orders` decisions at once, at every `every`-th quote. */
export function createBurstEngine(orders: number, every: number, journal: Journal): Engine {
  const definition = defineStrategy<unknown>({
    name: 'burst',
    version: 1,
    parameters: anything,
    create(setup) {
      const k = setup.instrument('XAAUSD');
      let seen = 0;
      setup.quotes(k);
      return {
        onQuote(context) {
          seen += 1;
          if (seen % every !== 0) return;
          const side = seen % (2 * every) === 0 ? 'sell' : 'buy';
          for (let n = 0; n < orders; n += 1) {
            const key = `${seen}/${n}`;
            context.submit({
              instrument: k,
              side,
              type: 'market',
              quantity: UNITS as Quantity,
              key,
            });
          }
        },
      };
    },
  });
  return build(1, definition, { submitUs: 1, cancelUs: 1, reportUs: 0 }, { journal });
}

/** A tape of many orders fills the key store, which says so; anything else is a fault. */
function refuse(key: string, text: string): void {
  if (key === 'idempotency_eviction') return;
  throw new Error(`the benchmark raised an alert: ${key}: ${text}`);
}

/** Feeds the whole tape; returns the orders that were made. */
export function runEngine(engine: Engine, tape: QuoteBlock): number {
  engine.loop.feed(tape, 0, tape.count);
  return present(engine.kernel.book.orders.lastHandle, 'handle');
}
