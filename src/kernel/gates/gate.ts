import { formatScaled } from '../../model/decimal.ts';
import type { DenyReasonName, GateMode, GateName } from '../../model/gate.ts';
import type { OrderTerms } from '../../model/order.ts';
import type { Price, Quantity, TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { Addition } from '../exposure/projection.ts';
import type { Standing } from './usage.ts';

/** An order on its way through the gates: what was asked for and what it would do. */
export interface ProposedOrder {
  readonly strategy: number;
  readonly key: string;
  readonly terms: OrderTerms;
  /** The part that can only reduce the position (X13). */
  readonly exitQuantity: Quantity;
  /** The part that opens risk; risk gates judge this part alone. */
  readonly entryQuantity: Quantity;
  /** It is an operator's exit: it passes in a halt (X21). */
  readonly byOperator?: boolean;
  /** Price that it would be reserved at (X17). */
  readonly reservedPrice: Price;
  /** Of a replace: what it adds to the order's own reservation. It is denied or not, never cut. */
  readonly change?: Reserved;
}

/** A quantity, and its value in value units. */
export interface Reserved {
  readonly quantity: number;
  readonly value: number;
}

/**
 * A gate's no. `order` denies all of it: it is unsafe or already done. `entry` denies the part
 * that opens risk, or cuts it; an exit passes (X13).
 */
export interface Denial {
  readonly scope: 'order' | 'entry';
  readonly reason: DenyReasonName;
  /** Limit and observed value as text, in the gate's unit; empty where there is none. */
  readonly limit: string;
  readonly observed: string;
  /** How much of the entry may go on: more than 0 where the gate cuts and some of it fits. */
  readonly allowed: Quantity;
}

/** What becomes of an entry that would pass a limit in part. */
export const ON_BREACH = ['deny', 'cut'] as const;
export type OnBreach = (typeof ON_BREACH)[number];

/** One check. Pure: it reads the books and the order, and changes nothing. */
export interface Gate {
  readonly name: GateName;
  readonly mode: GateMode;
  /** Does it judge a replace of an entry as well? */
  readonly judgesChanges?: boolean;
  /** `undefined` lets the order pass. */
  judge(order: ProposedOrder, book: Book): Denial | undefined;
  /** The most that one order may be, exits too: these are sliced (X20). `undefined` for no cap. */
  orderCap?(k: number): Quantity | undefined;
  /** A limit that is passed without any new order: prices did it. */
  exceeded?(book: Book): Denial | undefined;
  /** Where it stands at each of its limits; after `book.risk.begin()`. Changes nothing. */
  standings?(book: Book, now: TimeUs): readonly Standing[];
}

const NOTHING = 0 as Quantity;

/** A denial without figures. */
export function deny(scope: Denial['scope'], reason: DenyReasonName): Denial {
  return { scope, reason, limit: '', observed: '', allowed: NOTHING };
}

/** A denial of the entry, with its figures. */
export function denyEntry(
  reason: DenyReasonName,
  limit: string,
  observed: string,
  allowed: Quantity = NOTHING,
): Denial {
  return { scope: 'entry', reason, limit, observed, allowed };
}

/**
 * The largest part of the entry that fits where the gate cuts; 0 where it denies, or nothing does.
 * `fits` holds up to some quantity and not above it.
 */
export function largestEntry(
  order: ProposedOrder,
  onBreach: OnBreach,
  fits: (entry: number) => boolean,
): Quantity {
  if (onBreach === 'deny' || order.change !== undefined) return NOTHING;
  let low = 0;
  let high: number = order.entryQuantity;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low as Quantity;
}

/** What the order would add to what is reserved, with so much of its entry. */
export function additionOf(order: ProposedOrder, entry: number): Addition {
  const { instrument, side } = order.terms;
  if (order.change !== undefined) return { instrument, side, ...order.change };
  const quantity = order.exitQuantity + entry;
  return { instrument, side, quantity, value: quantity * order.reservedPrice };
}

/** An amount of account money as text. */
export function moneyText(book: Book, count: number): string {
  const { decimals, currency } = book.account.spec;
  const whole = Number.isFinite(count) ? BigInt(Math.round(count)) : 0n;
  return `${formatScaled(whole, decimals)} ${currency}`;
}
