import { OrderFlag } from '../../model/order.ts';
import { OrderEvent } from './life-cycle.ts';
import { EDGES, isFinal, type Transition } from './transitions.ts';

export const CANCEL_FLAGS = OrderFlag.cancelPending | OrderFlag.cancelInDoubt;
const REPLACE_FLAGS = OrderFlag.replacePending | OrderFlag.replaceInDoubt;
/** A change is asked for, and its answer not known. */
export const CHANGING_FLAGS = CANCEL_FLAGS | REPLACE_FLAGS;

/** What a fill leaves on its order, by kind of step: nothing, but for late fills and revivals. */
export const FILL_FLAGS: readonly number[] = EDGES.map((edge) => {
  if (edge === 'late') return OrderFlag.lateFill;
  return edge === 'revive' ? OrderFlag.revived : 0;
});

/** Flags after an event: an answer ends its pending change, an end ends them all. */
export function flagsAfter(flags: number, event: OrderEvent, step: Transition): number {
  let after = flags;
  if (event === OrderEvent.cancelRefused) {
    // That this one is refused says nothing of an earlier one in doubt.
    const isPending = (flags & OrderFlag.cancelPending) !== 0;
    after &= ~(isPending ? OrderFlag.cancelPending : CANCEL_FLAGS);
  }
  if (event === OrderEvent.cancelUnknown) {
    after = (after & ~OrderFlag.cancelPending) | OrderFlag.cancelInDoubt;
  }
  if (event === OrderEvent.replaced || event === OrderEvent.replaceRefused) {
    after &= ~REPLACE_FLAGS;
  }
  if (event === OrderEvent.replaceUnknown) {
    after = (after & ~OrderFlag.replacePending) | OrderFlag.replaceInDoubt;
  }
  if (step.edge === 'revive') after |= OrderFlag.revived;
  if (step.edge === 'late') after |= OrderFlag.lateFill;
  if (isFinal(step.to)) after &= ~CHANGING_FLAGS;
  return after;
}
