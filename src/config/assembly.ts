import type { ReadReport } from '../data/bad-rows.ts';
import type { Retention } from '../journal/retention.ts';
import type { KernelConfig } from '../kernel/config.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import type { TradingState } from '../model/gate.ts';
import type { TimeUs } from '../model/units.ts';
import type { SimVenueConfig } from '../venues/sim/config.ts';

/** One pass over the quotes of a market, in time order. */
export interface MarketReading {
  /** Blocks in time order; finish with one before asking for the next. */
  readonly blocks: AsyncIterable<QuoteBlock>;
  /** Share read so far, 0 to 1. */
  progress(): number;
  /** `sha256:…` of the canonical columns; only after the last block. */
  dataVersion(): string;
  /** What the readers met, a report a file; empty for a synthetic market. */
  reports(): readonly ReadReport[];
}

/** Where quotes come from. */
export interface MarketSource {
  readonly kind: 'synthetic' | 'files' | 'broker';
  /**
   * Known before anything is parsed: what the data is, by content of files or by specification.
   * Empty for files that were assembled for a mere check.
   */
  readonly fingerprint: string;
  /** All quotes, from the first to the last. */
  read(): MarketReading;
  /**
   * Quotes that a running market has in `[from, to)`, as far as the block has room; returns the
   * time to go on from. Only a synthetic market has one: it is a function of time.
   */
  readonly live?: (block: QuoteBlock, from: TimeUs, to: TimeUs) => TimeUs;
}

/** An account at OANDA and the way there. */
export interface BrokerAccount {
  readonly environment: 'practice' | 'live';
  readonly account: string;
  /** Name of the environment variable that holds the token; never the token. */
  readonly tokenEnv: string;
  readonly servers: { readonly rest: string; readonly stream: string };
  readonly writeDeadlineUs: number;
  readonly readDeadlineUs: number;
  readonly silenceUs: number;
  readonly quoteAgeMaxUs: number;
  readonly gapMinUs: number;
  readonly perSecond: number;
}

/** An effective configuration, assembled: everything an engine is built from. */
export interface Assembly {
  /** Name of the configuration, for outputs. */
  readonly id: string;
  /** Canonical JSON (RFC 8785) of the effective configuration, instruments included. */
  readonly configuration: string;
  /** `sha256:…` of it. */
  readonly configHash: string;
  readonly kernel: KernelConfig;
  readonly venue: SimVenueConfig;
  readonly market: MarketSource;
  /** The account at a broker that a run trades; `undefined` on the venue in the process. */
  readonly broker: BrokerAccount | undefined;
  /** `sha256:…` of each strategy's module, in the order of the configuration. */
  readonly strategySources: readonly string[];
  readonly engineVersion: string;
  readonly timeZoneVersion: string;
  /** Prefix of client order ids. */
  readonly prefix: string;
  readonly seed: number;
  /** Trading state of a first start. */
  readonly tradingState: TradingState;
  /** What a running engine does with sealed segments of its journal. */
  readonly retention: Retention;
  readonly run: {
    /** Absolute path of the data directory. */
    readonly dataDirectory: string;
    readonly host: string;
    /** 0 takes a free port. */
    readonly port: number;
    /** Names of the environment variables that hold the tokens; never the tokens. */
    readonly readTokenEnv: string;
    readonly controlTokenEnv: string;
    /** How long a stop waits for what is in flight. */
    readonly stopWithinUs: number;
    /** A step of the wall clock beyond this stops new risk. */
    readonly clockJumpMaxUs: number;
  };
}
