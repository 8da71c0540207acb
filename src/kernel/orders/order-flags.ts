import { OrderFlag } from '../../model/order.ts';
import { OrderEvent } from './life-cycle.ts';
import { isFinal, type Transition } from './transitions.ts';

export const CANCEL_FLAGS = OrderFlag.cancelPending | OrderFlag.cancelInDoubt;
const REPLACE_FLAGS = OrderFlag.replacePending | OrderFlag.replaceInDoubt;

/** Flags after an event: an answer ends its pending change, an end ends them all. */
export function flagsAfter(flags: number, event: OrderEvent, step: Transition): number {
  let after = flags;
  if (event === OrderEvent.cancelRefused) after &= ~CANCEL_FLAGS;
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
  if (isFinal(step.to)) after &= ~(CANCEL_FLAGS | REPLACE_FLAGS);
  return after;
}
