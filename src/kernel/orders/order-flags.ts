import { OrderFlag } from '../../model/order.ts';
import { EDGES } from './transitions.ts';

/** A change of the order is unanswered. */
export const PENDING_FLAGS =
  OrderFlag.cancelPending |
  OrderFlag.replacePending |
  OrderFlag.cancelInDoubt |
  OrderFlag.replaceInDoubt;

/** What a fill leaves on its order, by kind of step: nothing, but for late fills and revivals. */
export const FILL_FLAGS: readonly number[] = EDGES.map((edge) => {
  if (edge === 'late') return OrderFlag.lateFill;
  return edge === 'revive' ? OrderFlag.revived : 0;
});
