import type { MarketReading, MarketSource } from '../../config/assembly.ts';
import type { ConfigChange } from '../../config/with-changes.ts';
import type { QuoteBlock } from '../../market/quotes.ts';
import type { EquityPoint, Figures } from './figures.ts';

/** All quotes of a span in memory that threads share, and what a market of them is called. */
export interface SharedTape {
  readonly kind: MarketSource['kind'];
  readonly fingerprint: string;
  readonly dataVersion: string;
  readonly blocks: readonly QuoteBlock[];
}

/** One backtest to be run by a worker. */
export interface PointJob {
  readonly changes: readonly ConfigChange[];
  readonly tape: SharedTape;
  /** The daily equity is wanted too. */
  readonly withCurve: boolean;
}

/** What a worker must know once. */
export interface WorkerSetup {
  /** The configuration. */
  readonly file: string;
  /** `sha256:…` of its bytes, and of the strategies' modules: neither may change meanwhile. */
  readonly fileHash: string;
  readonly strategySources: readonly string[];
}

/** The hashes of a run, as its `summary.json` has them. */
export interface RunHashes {
  readonly configHash: string;
  readonly dataVersion: string;
  readonly stateHash: string;
  readonly recordsHash: string;
}

/**
 * What became of a point: `done`; `invalid`: the configuration that it makes is refused; `failed`:
 * its run broke off.
 */
export type PointOutcome =
  | {
      readonly status: 'done';
      readonly figures: Figures;
      readonly hashes: RunHashes;
      readonly curve?: readonly EquityPoint[];
    }
  | { readonly status: 'invalid' | 'failed'; readonly reason: string };

/** A market of quotes that are in memory already; every reading reads the same memory. */
export function tapeMarket({ kind, fingerprint, dataVersion, blocks }: SharedTape): MarketSource {
  return {
    kind,
    fingerprint,
    read: (): MarketReading => ({
      blocks: each(blocks),
      progress: () => 0,
      dataVersion: () => dataVersion,
      reports: () => [],
    }),
  };
}

async function* each(blocks: readonly QuoteBlock[]): AsyncGenerator<QuoteBlock, void, undefined> {
  yield* blocks;
}
