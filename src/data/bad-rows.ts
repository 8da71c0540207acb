/**
 * Why a row of a quote file is not taken. One reason is given a row: the number of columns is
 * judged
 * first, then the fields in file order, then the row as a whole in the order of this list.
 *
 * - `unparseable`: not the declared columns, or a field that is not the declared notation.
 * - `off_grid`: a price between two multiples of the price increment.
 * - `out_of_range`: a date or time that does not exist (30 February, 25:00, a local time that the
 *   clocks skipped), or a number that its column cannot hold.
 * - `non_positive`: a price of zero or below, or a size below zero.
 * - `other_symbol`: the row names another instrument.
 * - `outside_file_period`: not on the day in the file's name, where that is asked for.
 * - `time_backwards`: earlier than the row taken before it, in this file or the one before.
 * - `unpaired`: a bar that only one of two files has, the bid's or the ask's.
 * - `broken_bar`: a bar whose high is not its highest price, or whose low is not its lowest.
 * - `crossed`: bid above ask, of a bar at any of its prices. Equal is not crossed.
 * - `absurd_jump`: the mid moved further than {@link BadRowRules.maxJumpBps} from the row taken
 *   before.
 */
export const BAD_ROW_REASONS = [
  'unparseable',
  'off_grid',
  'out_of_range',
  'non_positive',
  'other_symbol',
  'outside_file_period',
  'time_backwards',
  'unpaired',
  'broken_bar',
  'crossed',
  'absurd_jump',
] as const;
export type BadRowReason = (typeof BAD_ROW_REASONS)[number];

/** `skip`: leave the row out and count it. `fail`: stop with `DATA_BAD_ROW`. */
export const BAD_ROW_POLICIES = ['skip', 'fail'] as const;
export type BadRowPolicy = (typeof BAD_ROW_POLICIES)[number];

/**
 * Beside these, for a crossed row. `keep`: hand it out as it is. `clamp`: hand it out with both
 * sides at the middle, half an increment going up: never wider, and never outside the two prices.
 */
export const CROSSED_POLICIES = [...BAD_ROW_POLICIES, 'keep', 'clamp'] as const;
export type CrossedPolicy = (typeof CROSSED_POLICIES)[number];

/** By reason; a reason that is left out fails. */
export type BadRowPolicies = Readonly<
  Partial<Record<Exclude<BadRowReason, 'crossed'>, BadRowPolicy>>
> & { readonly crossed?: CrossedPolicy };

/** What is done with rows that cannot be trusted. Every default is the strict one. */
export interface BadRowRules {
  readonly policy: BadRowPolicies;
  /** Share of a file's rows that may be skipped before the file fails, 0 to 1. */
  readonly maxSkippedShare: number;
  /** Largest believable move of the mid between two rows taken, in basis points; 0 is no check. */
  readonly maxJumpBps: number;
  /**
   * A jump is believed at this many jumping rows in a row that agree with each other within
   * `maxJumpBps`: the last of them is taken, those before it stay skipped. 0 is never.
   */
  readonly jumpConfirmRows: number;
}

export const DEFAULT_BAD_ROW_RULES: BadRowRules = {
  policy: {},
  maxSkippedShare: 0.01,
  maxJumpBps: 1000,
  jumpConfirmRows: 5,
};

/** Field parsers return the position after the field, or one of these: −1 − index of the reason. */
export const BAD = {
  unparseable: -1,
  off_grid: -2,
  out_of_range: -3,
  non_positive: -4,
  other_symbol: -5,
  outside_file_period: -6,
  time_backwards: -7,
  unpaired: -8,
  broken_bar: -9,
  crossed: -10,
  absurd_jump: -11,
} as const satisfies Record<BadRowReason, number>;

/** The first row of a kind, to look it up in the file. */
export interface RowSample {
  /** 1-based; the row, in a file that has no lines. */
  readonly line: number;
  readonly excerpt: string;
}

/** What was read from one file, to the row: `rows = accepted + the sum of skipped`. */
export interface ReadReport {
  readonly file: string;
  /** Name inside the zip. */
  readonly entry: string | undefined;
  /** Data rows: neither header nor blank lines. */
  readonly rows: number;
  readonly accepted: number;
  /** Quotes handed out: a bar gives four, a row of one side none or one, any other row one. */
  readonly quotes: number;
  readonly skipped: Readonly<Record<BadRowReason, number>>;
  /** The first row skipped for each reason that occurred. */
  readonly first: Readonly<Partial<Record<BadRowReason, RowSample>>>;
  /** Crossed rows that were handed out as they are, by the policy `keep`. */
  readonly crossedKept: number;
  /** Crossed rows that were handed out at their middle, by the policy `clamp`. */
  readonly crossedClamped: number;
  /** Accepted rows whose time, bid and ask are those of the row accepted before. */
  readonly duplicates: number;
  /** Prices off the increment that `priceGrid: 'round'` rounded (bids and asks counted apart). */
  readonly pricesRounded: number;
  /** Sizes that lost a fraction of the size increment (bid and ask sizes counted apart). */
  readonly sizesRounded: number;
  /** Of the accepted rows, µs UTC; undefined when none. */
  readonly firstTime: number | undefined;
  readonly lastTime: number | undefined;
  /** False hints at a text that was cut: its last row is taken as it stands. */
  readonly endsWithNewline: boolean;
}

/** Share of the rows that were skipped, 0 to 1. */
export function skippedShare(report: ReadReport): number {
  return report.rows === 0 ? 0 : (report.rows - report.accepted) / report.rows;
}

/** A count of zero for each reason. */
export function noneSkipped(): Record<BadRowReason, number> {
  return {
    unparseable: 0,
    off_grid: 0,
    out_of_range: 0,
    non_positive: 0,
    other_symbol: 0,
    outside_file_period: 0,
    time_backwards: 0,
    unpaired: 0,
    broken_bar: 0,
    crossed: 0,
    absurd_jump: 0,
  };
}
