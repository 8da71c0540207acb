import { type AssembleOptions, assemble } from '../../config/assemble.ts';
import type { Assembly, MarketReading } from '../../config/assembly.ts';
import { loadConfig } from '../../config/load.ts';
import { parseUtc } from '../../config/schema-parts.ts';
import type { ConfigChange } from '../../config/with-changes.ts';
import { DataVersionHasher } from '../../data/data-version.ts';
import { type SharedQuotes, sharedBetween, shareQuotes } from '../../data/shared-quotes.ts';
import { present } from '../../model/assert.ts';
import type { TimeUs } from '../../model/units.ts';
import type { BacktestProgress } from '../feed-market.ts';
import type { SharedTape } from './point.ts';
import { type Span, TradingDays } from './walk-forward.ts';

/** Spans of a synthetic market that are held at a time: one to train on and one to test on. */
const SYNTHETIC_SPANS = 2;

/** What a configuration must say for its market to have this span. */
export function spanChanges(span: Span | undefined): readonly ConfigChange[] {
  if (span === undefined) return [];
  return [
    { path: ['market', 'from'], value: span.from },
    { path: ['market', 'to'], value: span.to },
  ];
}

/** Told how far the reading of a market is. */
export type OnReading = (progress: BacktestProgress) => void;

/**
 * The quotes of a sweep, read once. Of files all are held, and a span of them is a view. A
 * synthetic market begins anew at each `from`, so each span of it is made when it is reached.
 */
export class Tapes {
  readonly #file: string;
  readonly #base: Assembly;
  readonly #options: AssembleOptions;
  readonly #bytesMax: number = 0;
  readonly #signal: AbortSignal;
  readonly #spans = new Map<string, Promise<SharedTape>>();
  #whole: { readonly quotes: SharedQuotes; readonly tape: SharedTape } | undefined;

  constructor(
    file: string,
    base: Assembly,
    {
      options,
      bytesMax,
      signal,
    }: {
      readonly options: AssembleOptions;
      readonly bytesMax: number;
      readonly signal: AbortSignal;
    },
  ) {
    this.#file = file;
    this.#base = base;
    this.#options = options;
    this.#bytesMax = bytesMax;
    this.#signal = signal;
  }

  /** Reads the whole market into memory. */
  async load(onReading: OnReading): Promise<void> {
    this.#whole = await this.#read(this.#base, this.#bytesMax, onReading);
  }

  async #read(assembly: Assembly, bytesMax: number, onReading: OnReading) {
    const { kind, fingerprint } = assembly.market;
    const reading = assembly.market.read();
    const quotes = await shareQuotes(this.#watched(reading, onReading), bytesMax);
    const { blocks } = quotes;
    const dataVersion = reading.dataVersion();
    const tape: SharedTape = { kind, fingerprint, dataVersion, blocks };
    return { quotes, tape };
  }

  /** The trading days with quotes, by the calendar of the first instrument. */
  async tradingDays(onReading: OnReading): Promise<TradingDays> {
    const days = new TradingDays(present(this.#base.kernel.calendars[0], 'calendar'));
    if (this.#whole !== undefined) {
      for (const block of this.#whole.quotes.blocks) days.add(block);
      return days;
    }
    const reading = this.#base.market.read();
    for await (const block of this.#watched(reading, onReading)) days.add(block);
    return days;
  }

  /** The blocks of a reading; between them signals and timers have their turn. */
  async *#watched(reading: MarketReading, onReading: OnReading) {
    let quotes = 0;
    for await (const block of reading.blocks) {
      this.#signal.throwIfAborted();
      quotes += block.count;
      const time = (block.time[block.count - 1] ?? 0) as TimeUs;
      onReading({ quotes, share: reading.progress(), time });
      yield block;
      await new Promise((done) => setImmediate(done));
    }
  }

  /** The quotes of a span, or of the whole market. */
  async of(span: Span | undefined): Promise<SharedTape> {
    if (span === undefined) return present(this.#whole, 'the market, loaded').tape;
    const key = `${span.from} ${span.to}`;
    const known = this.#spans.get(key);
    if (known !== undefined) return await known;
    const made = this.#make(span);
    this.#spans.set(key, made);
    const [oldest] = this.#spans.keys();
    const isFull = this.#whole === undefined && this.#spans.size > SYNTHETIC_SPANS;
    if (isFull && oldest !== undefined) this.#spans.delete(oldest);
    return await made;
  }

  async #make(span: Span): Promise<SharedTape> {
    const loaded = loadConfig(this.#file, spanChanges(span));
    const assembly = await assemble(loaded, 'backtest', this.#options);
    if (this.#whole === undefined) {
      const bytesMax = this.#bytesMax / SYNTHETIC_SPANS;
      return (await this.#read(assembly, bytesMax, () => undefined)).tape;
    }
    const from = present(parseUtc(span.from), 'start');
    const to = present(parseUtc(span.to), 'end');
    const blocks = sharedBetween(this.#whole.quotes, from, to);
    const hasher = new DataVersionHasher(assembly.kernel.instruments);
    for (const block of blocks) hasher.update(block);
    const { kind, fingerprint } = assembly.market;
    return { kind, fingerprint, dataVersion: hasher.digest(), blocks };
  }
}
