import { assert, present } from '../../model/assert.ts';
import { ORDER_STATES, type OrderState, type OrderStateName } from '../../model/order.ts';
import {
  type Cell,
  LIFE_CYCLE,
  ORDER_EVENTS,
  type OrderEvent,
  type OrderEventName,
} from './life-cycle.ts';

export const EDGES = ['move', 'same', 'late', 'revive', 'break'] as const;
export type EdgeName = (typeof EDGES)[number];

/** The outcome of an event: the state after it, and what kind of step it was. */
export interface Transition {
  readonly to: OrderState;
  readonly edge: EdgeName;
}

const COLUMNS = ORDER_EVENTS.length;
const TRANSITIONS: readonly (Transition | undefined)[] = ORDER_STATES.flatMap((from) =>
  ORDER_EVENTS.map((event) => transitionOf(from, LIFE_CYCLE[from][event])),
);

function stateNamed(name: string): OrderState {
  const index = (ORDER_STATES as readonly string[]).indexOf(name);
  assert(index >= 0, `no order state ${name}`);
  return index as OrderState;
}

function transitionOf(from: OrderStateName, cell: Cell): Transition | undefined {
  if (cell === 'bug') return undefined;
  if (cell === 'same' || cell === 'late' || cell === 'break') {
    return { to: stateNamed(from), edge: cell };
  }
  if (cell.startsWith('late:')) return { to: stateNamed(cell.slice(5)), edge: 'late' };
  if (cell.startsWith('revive:')) return { to: stateNamed(cell.slice(7)), edge: 'revive' };
  return { to: stateNamed(cell), edge: 'move' };
}

/** The transition of `event` in `from`. A cell marked `bug` fails an assertion. */
export function transition(from: OrderState, event: OrderEvent): Transition {
  const found = TRANSITIONS[from * COLUMNS + event];
  if (found === undefined) {
    const state = present(ORDER_STATES[from], 'state');
    assert(false, `order event ${ORDER_EVENTS[event]} cannot happen in state ${state}`);
  }
  return found;
}

const FINAL: readonly OrderStateName[] = [
  'withdrawn',
  'filled',
  'cancelled',
  'expired',
  'rejected',
  'not_placed',
];
const FINAL_BY_STATE: readonly boolean[] = ORDER_STATES.map((state) => FINAL.includes(state));

/** Final states hold no reservation; they reopen only through `revive` (X10, X17). */
export function isFinal(state: OrderState): boolean {
  return FINAL_BY_STATE[state] === true;
}

/** The diagram in the documentation, generated from the table (Mermaid state diagram). */
export function lifeCycleDiagram(): string {
  const lines = ['stateDiagram-v2', '  [*] --> intended'];
  for (const from of ORDER_STATES) {
    const byTarget = new Map<string, OrderEventName[]>();
    for (const event of ORDER_EVENTS) {
      const cell = LIFE_CYCLE[from][event];
      if (!ORDER_STATES.some((state) => state === cell)) continue;
      byTarget.set(cell, [...(byTarget.get(cell) ?? []), event]);
    }
    for (const [to, events] of byTarget) lines.push(`  ${from} --> ${to}: ${events.join(', ')}`);
    if (FINAL.includes(from)) lines.push(`  ${from} --> [*]`);
  }
  return lines.join('\n');
}
