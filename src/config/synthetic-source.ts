import { DataVersionHasher } from '../data/data-version.ts';
import { BLOCK_ROWS } from '../data/quote-stream.ts';
import { Calendar, type CalendarTable } from '../market/calendar.ts';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { type SyntheticInstrument, SyntheticMarket } from '../market/synthetic.ts';
import { assert, present } from '../model/assert.ts';
import { type Decimal, parseDecimal } from '../model/decimal.ts';
import { type Instrument, parsePrice, parseQuantity } from '../model/instrument.ts';
import { type InstrumentIndex, NO_TIME, type TimeUs } from '../model/units.ts';
import type { MarketReading, MarketSource } from './assembly.ts';
import { configHash } from './canonical-json.ts';
import { timeZoneDataVersion } from './compile-calendar.ts';
import type { LoadedConfig } from './load.ts';
import { isComplete } from './market-checks.ts';
import type { SyntheticMarketConfig, SyntheticSpec } from './market-schema.ts';
import { parseUtc } from './schema-parts.ts';

/** Raised when the same settings give other quotes. */
const GENERATOR_VERSION = 1;
const FLAT: readonly number[] = new Array<number>(24).fill(1);

/** `value ÷ step` as a number: nearest, where it is not whole. */
function ratio(value: Decimal, step: Decimal): number {
  const top = value.coefficient * 10n ** BigInt(step.decimals);
  const bottom = step.coefficient * 10n ** BigInt(value.decimals);
  return Number(top) / Number(bottom);
}

function syntheticInstrument(
  instruments: readonly Instrument[],
  index: number,
  spec: SyntheticSpec,
  anchor: TimeUs,
  table: CalendarTable,
): SyntheticInstrument {
  const instrument = present(instruments[index], 'instrument');
  const flat = spec.profile === 'flat';
  const { follows } = spec;
  return {
    instrument: index as InstrumentIndex,
    startPrice: parsePrice(instrument, spec.price),
    anchor,
    dailyVolatilityBps: Number(spec.dailyVolatilityBps),
    spread: ratio(parseDecimal(spec.spread), instrument.priceIncrement),
    quotesPerSecond: Number(spec.quotesPerSecond),
    sizeMin: parseQuantity(instrument, spec.sizeMin),
    sizeMax: parseQuantity(instrument, spec.sizeMax),
    calendar: new Calendar(table),
    ...(follows === undefined ? {} : { follows: followed(instruments, follows) }),
    ...(flat ? { activityByHour: FLAT, spreadByHour: FLAT } : {}),
  };
}

function followed(
  instruments: readonly Instrument[],
  { symbol, weight }: NonNullable<SyntheticSpec['follows']>,
): NonNullable<SyntheticInstrument['follows']> {
  const index = instruments.findIndex((one) => one.symbol === symbol);
  return { instrument: index as InstrumentIndex, weight: Number(weight) };
}

function syntheticInstruments(
  market: SyntheticMarketConfig,
  instruments: readonly Instrument[],
  calendars: readonly CalendarTable[],
): SyntheticInstrument[] {
  const anchor = present(parseUtc(market.from), 'start of the market');
  return instruments.map((instrument, k) => {
    const { symbol } = instrument;
    const spec = market.instruments[symbol];
    assert(spec !== undefined && isComplete(spec), `synthetic settings of ${symbol}`);
    const table = present(calendars[k], 'calendar');
    return syntheticInstrument(instruments, k, spec, anchor, table);
  });
}

/** Quotes in `[from, to)`, in blocks of which one is reused. */
class SyntheticReading implements MarketReading {
  readonly #market: SyntheticMarket;
  readonly #hasher: DataVersionHasher;
  readonly #from: TimeUs = NO_TIME;
  readonly #to: TimeUs = NO_TIME;
  #at: TimeUs = NO_TIME;

  constructor(
    market: SyntheticMarket,
    instruments: readonly Instrument[],
    from: TimeUs,
    to: TimeUs,
  ) {
    this.#market = market;
    this.#hasher = new DataVersionHasher(instruments);
    this.#from = from;
    this.#to = to;
    this.#at = from;
  }

  get blocks(): AsyncIterable<QuoteBlock> {
    return this.#blocks();
  }

  async *#blocks(): AsyncGenerator<QuoteBlock, void, undefined> {
    const block = createQuoteBlock(BLOCK_ROWS);
    while (this.#at < this.#to) {
      block.count = 0;
      this.#at = this.#market.fill(block, this.#at, this.#to);
      this.#hasher.update(block);
      if (block.count > 0) yield block;
    }
  }

  progress(): number {
    return (this.#at - this.#from) / (this.#to - this.#from);
  }

  dataVersion(): string {
    assert(this.#at === this.#to, 'the data version is known after the last block');
    return this.#hasher.digest();
  }

  reports(): readonly [] {
    return [];
  }
}

/**
 * The synthetic market of a configuration. `read` gives the period of a backtest; it needs `to`,
 * which `assemble` has checked when it assembles for a backtest.
 */
export function syntheticSource(
  loaded: Pick<LoadedConfig, 'instruments'>,
  market: SyntheticMarketConfig,
  instruments: readonly Instrument[],
  calendars: readonly CalendarTable[],
): MarketSource {
  const specs = syntheticInstruments(market, instruments, calendars);
  const fingerprint = configHash({
    generator: GENERATOR_VERSION,
    market,
    instruments: loaded.instruments,
    timeZoneVersion: timeZoneDataVersion(),
  });
  const running = new SyntheticMarket(market.seed, specs);
  return {
    kind: 'synthetic',
    fingerprint,
    read: () => {
      const from = parseUtc(market.from);
      const to = parseUtc(market.to ?? '');
      assert(from !== undefined && to !== undefined, 'a backtest needs market.from and market.to');
      return new SyntheticReading(new SyntheticMarket(market.seed, specs), instruments, from, to);
    },
    live: (block, from, to) => running.fill(block, from, to),
  };
}
