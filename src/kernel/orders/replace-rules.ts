import { TradingState } from '../../model/gate.ts';
import { OrderFlag, OrderRole, OrderType } from '../../model/order.ts';
import type { Price, Quantity } from '../../model/units.ts';
import type { ChangeResult } from '../strategy/api.ts';
import type { Order } from './order.ts';
import { isFinal } from './transitions.ts';

export interface Change {
  readonly quantity: Quantity;
  readonly limitPrice: Price;
  readonly stopPrice: Price;
}

export const ORDER_NOT_OPEN: ChangeResult = { ok: false, reason: 'order_not_open' };

/** Why an order cannot be changed so, whatever the gates would say of it. */
export function replaceDenial(
  tradingState: TradingState,
  order: Order,
  change: Change,
): ChangeResult | undefined {
  if (isFinal(order.state)) return ORDER_NOT_OPEN;
  if (tradingState === TradingState.halted) return { ok: false, reason: 'halted' };
  // Moving an entry is entering (X21); an exit may be moved.
  if (tradingState === TradingState.exitOnly && !isExitOrder(order)) {
    return { ok: false, reason: 'exit_only' };
  }
  const pending = OrderFlag.replacePending | OrderFlag.replaceInDoubt | OrderFlag.cancelPending;
  if ((order.flags & pending) !== 0) return { ok: false, reason: 'replace_pending' };
  const { terms } = order;
  const hasLimit = terms.type === OrderType.limit || terms.type === OrderType.stopLimit;
  const hasStop = terms.type === OrderType.stop || terms.type === OrderType.stopLimit;
  const valid =
    terms.type !== OrderType.market &&
    change.quantity > order.filled &&
    hasLimit === change.limitPrice > 0 &&
    hasStop === change.stopPrice > 0;
  if (!valid) return { ok: false, reason: 'replace_not_allowed' };
  // Growing an order is an entry by another name: it is asked for as a new order (X13).
  if (change.quantity > terms.quantity) return { ok: false, reason: 'replace_not_allowed' };
  return undefined;
}

export function isExitOrder({ role, exitQuantity, terms }: Order): boolean {
  return role !== OrderRole.order || exitQuantity >= terms.quantity;
}
