import type { QuoteBlock } from '../market/quotes.ts';
import type { Instrument } from '../model/instrument.ts';
import type { InstrumentIndex } from '../model/units.ts';
import type { BadRowRules, ReadReport } from './bad-rows.ts';
import type { QuoteFormat } from './quote-format.ts';

/** Rows of a block: 2.2 MB of columns. */
export const BLOCK_ROWS = 65_536;

/** The quotes of one instrument, in files. */
export interface QuoteFileSource<Format extends QuoteFormat = QuoteFormat> {
  readonly instrument: Instrument;
  readonly index: InstrumentIndex;
  /** Paths in time order: `.gz` and `.zip` are unpacked, anything else is text. At least one. */
  readonly files: readonly string[];
  readonly format: Format;
  /** Glob of the entry to read in a zip that holds several (`*_tick_quote.csv`). */
  readonly entry?: string;
  /** What is left out stands as in `DEFAULT_BAD_ROW_RULES`. */
  readonly badRows?: Partial<BadRowRules>;
}

/** How a reader works, for tests of its seams. */
export interface ReaderTuning {
  /** Largest block handed out. */
  readonly blockRows?: number;
  /** Bytes of text read at a time. */
  readonly chunkBytes?: number;
}

/**
 * The quotes of one instrument in time order, in blocks of at most {@link BLOCK_ROWS}. **One block
 * is reused**: a consumer must be done with it before it asks for the next, or copy it.
 *
 * Iterating throws `DataError`: what was handed out before stands, but the source as a whole must
 * not be trusted, since damage of an archive is only found at its end. Iterate once.
 */
export interface QuoteStream extends AsyncIterable<QuoteBlock> {
  /** One report for each file that was read to its end, in order; grows while iterating. */
  readonly reports: readonly ReadReport[];
  /**
   * Share of the source read from disk so far, 0 to 1, each file counted alike: for progress bars.
   */
  readonly share: number;
}
