import { present } from '../../model/assert.ts';
import { formatScaled } from '../../model/decimal.ts';
import type { DenyReasonName } from '../../model/gate.ts';
import { formatQuantity } from '../../model/instrument.ts';
import type { Quantity, TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';

/** What a limit is about. */
export const USAGE_SUBJECTS = ['account', 'instrument', 'currency', 'strategy'] as const;
export type UsageSubject = (typeof USAGE_SUBJECTS)[number];

/** What the counts of a limit count; money is in the currency of the account. */
export type Measure = 'money' | 'units' | 'messages' | 'orders' | 'positions' | 'trades' | 'us';

/** Where a gate stands at one of its limits, as counts: what it would judge an entry by. */
export interface Standing {
  /** The reason that a denial at this limit has. */
  readonly reason: DenyReasonName;
  readonly subject: UsageSubject;
  /** Index of the instrument or strategy, place of the currency; 0 of the account. */
  readonly at: number;
  readonly measure: Measure;
  /** Infinity where there is none yet. */
  readonly limit: number;
  /** `undefined` while what is held cannot be valued. */
  readonly used: number | undefined;
  /** Is every further entry denied? Left out: it is where nothing is left. */
  readonly blocks?: boolean;
}

/** The same for people: exact decimals with their unit. */
export interface Usage {
  readonly reason: DenyReasonName;
  readonly subject: UsageSubject;
  /** Symbol, currency or strategy; empty of the account. */
  readonly of: string;
  /** `null` where there is none yet, or while what is held cannot be valued. */
  readonly limit: string | null;
  readonly used: string | null;
  /** What is left until the limit; 0 where it is passed. */
  readonly headroom: string | null;
  readonly unit: string;
  /** A further entry is denied now: the gate enforces, and nothing is left. */
  readonly blocking: boolean;
}

/** Whatever tells where it stands. */
interface Stander {
  readonly mode: 'off' | 'shadow' | 'enforce';
  standings?(book: Book, now: TimeUs): readonly Standing[];
}

/** A limit with counts: how much of it is used is a share that can be compared. */
export interface MeasuredUsage extends Usage {
  /** 1 at the limit; more beyond it, or where nothing may be added. For order alone. */
  readonly fullness: number;
}

function nameOf({ subject, at }: Standing, book: Book, strategies: readonly string[]): string {
  switch (subject) {
    case 'account':
      return '';
    case 'instrument':
      return present(book.instruments[at], 'instrument').symbol;
    case 'currency':
      return present(book.risk.exposure.currencies[at], 'currency');
    case 'strategy':
      return strategies[at] ?? String(at);
  }
}

const US_DECIMALS = 6;

function textOf(count: number, { measure, at }: Standing, book: Book): string {
  switch (measure) {
    case 'money':
      return formatScaled(BigInt(Math.round(count)), book.account.spec.decimals);
    case 'units':
      return formatQuantity(present(book.instruments[at], 'instrument'), count as Quantity);
    case 'us':
      return formatScaled(BigInt(count), US_DECIMALS);
    default:
      return String(count);
  }
}

/** Unit of a measure: what its decimals count. */
function unitOf(measure: Measure, book: Book): string {
  if (measure === 'money') return book.account.spec.currency;
  return measure === 'us' ? 's' : measure;
}

/** An age comes near its limit all the time, and says nothing until it is beyond. */
function fullnessOf({ limit, used, measure }: Standing): number {
  if (measure === 'us') return 0;
  if (used === undefined) return Number.POSITIVE_INFINITY;
  if (limit > 0) return used / limit;
  return Number.POSITIVE_INFINITY;
}

function measured(standing: Standing, gate: Stander, book: Book, of: string): MeasuredUsage {
  const { reason, subject, measure, limit, used } = standing;
  const text = (count: number | undefined): string | null =>
    count === undefined || !Number.isFinite(count) ? null : textOf(count, standing, book);
  const left = used === undefined ? undefined : Math.max(0, limit - used);
  const blocks = standing.blocks ?? (left === undefined || left === 0);
  return {
    reason,
    subject,
    of,
    limit: text(limit),
    used: text(used),
    headroom: text(left),
    unit: unitOf(measure, book),
    blocking: blocks && gate.mode === 'enforce',
    fullness: fullnessOf(standing),
  };
}

/**
 * Every limit of a gate, with what of it is used. A function of the book alone, by the figures that
 * the gate judges by. `now` is not before the time in force: ages and windows count until then.
 * `strategies`: their names, by index.
 */
export function usageOf(
  gate: Stander,
  book: Book,
  now: TimeUs,
  strategies: readonly string[],
): readonly MeasuredUsage[] {
  book.risk.begin();
  const standings = gate.standings?.(book, now) ?? [];
  return standings.map((one) => measured(one, gate, book, nameOf(one, book, strategies)));
}

/** By index, where there is a limit: one line each. */
export function eachLimit(
  limits: readonly (number | undefined)[],
  standing: (limit: number, at: number) => Standing,
): readonly Standing[] {
  return limits.flatMap((limit, at) => (limit === undefined ? [] : [standing(limit, at)]));
}
