import { stateBytes } from '../journal/hashes.ts';
import type { Journal } from '../journal/journal.ts';
import { NoJournal } from '../journal/no-journal.ts';
import type { KernelConfig } from '../kernel/config.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import type { StrategyDefinition } from '../kernel/strategy/api.ts';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { Decoder } from '../model/codec.ts';
import { InputKind } from '../model/inputs.ts';
import type { OrderHandle, TimeUs } from '../model/units.ts';
import { EmbeddedLoop } from '../runtime/embedded-loop.ts';
import { FanOut } from '../runtime/fan-out.ts';
import { Outbox } from '../runtime/outbox.ts';
import type { SimVenueConfig } from '../venues/sim/config.ts';
import { SimVenue } from '../venues/sim/sim-venue.ts';
import { TEST_START, type TestSetup, testConfigs } from './builders.ts';
import { RecordLog } from './record-log.ts';

/** A quote of a tape, at µs after the start of the test. */
export interface TapeQuote {
  readonly at: number;
  readonly k: number;
  readonly bid: number;
  readonly ask: number;
  readonly size?: number;
}

export function tapeOf(quotes: readonly TapeQuote[]): QuoteBlock {
  const block = createQuoteBlock(quotes.length);
  block.count = quotes.length;
  for (const [i, { at, k, bid, ask, size = 0 }] of quotes.entries()) {
    block.time[i] = TEST_START + at;
    block.instrument[i] = k;
    block.bid[i] = bid;
    block.ask[i] = ask;
    block.bidSize[i] = size;
    block.askSize[i] = size;
  }
  return block;
}

/** A tape that looks like a market, the same for the same seed: an integer walk. */
export function walkedTape(count: number, seed: number, instruments = 2): QuoteBlock {
  let state = seed >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
  const mids = Array.from({ length: instruments }, (_, k) => 100_000 + k * 10_000);
  let at = 0;
  const quotes = Array.from({ length: count }, (): TapeQuote => {
    at += next(20_000_000);
    const k = next(instruments);
    const bid = (mids[k] ?? 0) + next(21) - 10;
    mids[k] = bid;
    return { at, k, bid, ask: bid + 1 + next(8), size: next(3) === 0 ? 0 : 1 + next(5000) };
  });
  return tapeOf(quotes);
}

export interface LoopSetup extends Omit<TestSetup, 'strategies'> {
  readonly strategy: StrategyDefinition<unknown>;
  readonly journal?: Journal;
  readonly sink?: RecordSink;
}

/** Kernel, simulated venue and loop, wired as a run wires them. */
export class LoopRig {
  readonly #setup: LoopSetup;
  readonly #configs: { readonly kernel: KernelConfig; readonly venue: SimVenueConfig };
  readonly log = new RecordLog();
  readonly alerts: string[] = [];
  readonly kernel: Kernel;
  readonly venue: SimVenue;
  readonly loop: EmbeddedLoop;

  private constructor(setup: LoopSetup) {
    const strategies = [{ id: 'test', definition: setup.strategy, parameters: {} }];
    this.#setup = setup;
    this.#configs = testConfigs({ ...setup, strategies });
    const journal = setup.journal ?? new NoJournal();
    const sinks: RecordSink[] = [this.log, journal];
    if (setup.sink !== undefined) sinks.push(setup.sink);
    this.kernel = new Kernel(this.#configs.kernel, new FanOut(sinks));
    this.venue = new SimVenue(this.#configs.venue, this.kernel.book.board);
    const outbox = new Outbox(this.kernel, this.venue, {
      alert: (_severity, key, text) => {
        this.alerts.push(`${key}: ${text}`);
      },
    });
    this.loop = new EmbeddedLoop(this.kernel, this.venue, journal, outbox);
  }

  /** A first start. */
  static start(setup: LoopSetup): LoopRig {
    const rig = new LoopRig(setup);
    rig.venue.open(TEST_START);
    const started = { kind: InputKind.started, prefix: 'T', nonce: 'abcdefghij' } as const;
    rig.loop.input(rig.venue.opening(TEST_START), TEST_START);
    const handlesTaken = 0 as OrderHandle;
    rig.loop.input({ ...started, handlesTaken, restored: false }, TEST_START);
    return rig;
  }

  /** What has to be kept to go on. */
  save(): readonly [Uint8Array, Uint8Array] {
    return [stateBytes(this.kernel), stateBytes(this.venue)];
  }

  /** A new process that goes on from what was kept. */
  static restored(setup: LoopSetup, saved: readonly [Uint8Array, Uint8Array]): LoopRig {
    const rig = new LoopRig(setup);
    const [kernel, venue] = saved.map((bytes) => new Decoder(bytes));
    if (kernel === undefined || venue === undefined) throw new Error('nothing was saved');
    rig.kernel.walk(kernel);
    kernel.end();
    rig.venue.walk(venue);
    venue.end();
    return rig;
  }

  restart(): LoopRig {
    return LoopRig.restored(this.#setup, this.save());
  }

  feed(block: QuoteBlock, from = 0, to = block.count): this {
    this.loop.feed(block, from, to);
    return this;
  }

  /** Lets everything that is under way arrive. */
  settle(us = 10_000_000): this {
    this.loop.advanceTo((this.kernel.book.time + us) as TimeUs);
    return this;
  }
}
