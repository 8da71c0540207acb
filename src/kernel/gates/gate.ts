import type { DenyReasonName, GateMode, GateName } from '../../model/gate.ts';
import type { OrderTerms } from '../../model/order.ts';
import type { Quantity } from '../../model/units.ts';
import type { Book } from '../book.ts';

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
}

/**
 * A gate's no. `order` denies all of it: it is unsafe or already done. `entry` denies the part
 * that opens risk; an exit passes (X13).
 */
export interface Denial {
  readonly scope: 'order' | 'entry';
  readonly reason: DenyReasonName;
  /** Limit and observed value as text, in the gate's unit; empty where there is none. */
  readonly limit: string;
  readonly observed: string;
}

/** One check. Pure: it reads the books and the order, and changes nothing. */
export interface Gate {
  readonly name: GateName;
  readonly mode: GateMode;
  /** `undefined` lets the order pass. */
  judge(order: ProposedOrder, book: Book): Denial | undefined;
}

/** A denial without figures. */
export function deny(scope: Denial['scope'], reason: DenyReasonName): Denial {
  return { scope, reason, limit: '', observed: '' };
}
