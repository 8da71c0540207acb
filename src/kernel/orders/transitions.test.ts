import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ORDER_STATES, type OrderState, type OrderStateName } from '../../model/order.ts';
import {
  LIFE_CYCLE,
  ORDER_EVENTS,
  OrderEvent,
  type OrderEventName,
  type OrderEvent as OrderEventNumber,
} from './life-cycle.ts';
import { isFinal, lifeCycleDiagram, transition } from './transitions.ts';

const FINAL: readonly OrderStateName[] = [
  'withdrawn',
  'filled',
  'cancelled',
  'expired',
  'rejected',
  'not_placed',
];

/**
 * Events that a venue may report at any moment, honest or late: they must never stop the engine.
 */
const REPORTED: readonly OrderEventName[] = [
  'refused',
  'unknown',
  'accepted',
  'rejected',
  'triggered',
  'suspended',
  'resumed',
  'partially_filled',
  'filled',
  'cancelled',
  'expired',
  'cancel_refused',
  'cancel_unknown',
  'replaced',
  'replace_refused',
  'replace_unknown',
];

function stateOf(name: OrderStateName): OrderState {
  return ORDER_STATES.indexOf(name) as OrderState;
}

function eventOf(name: OrderEventName): OrderEventNumber {
  return ORDER_EVENTS.indexOf(name) as OrderEventNumber;
}

const CELLS = ORDER_STATES.flatMap((state) =>
  ORDER_EVENTS.map((event) => ({ state, event, cell: LIFE_CYCLE[state][event] })),
);

suite('life of an order (X7)', () => {
  test('every pair of state and event has one cell, and says where it leads', () => {
    assert.equal(CELLS.length, ORDER_STATES.length * ORDER_EVENTS.length);
    assert.deepEqual(Object.keys(LIFE_CYCLE).sort(), [...ORDER_STATES].sort());
    for (const { state, event, cell } of CELLS) {
      assert.equal(typeof cell, 'string', `${state}, ${event}`);
      const run = () => transition(stateOf(state), eventOf(event));
      if (cell === 'bug') {
        assert.throws(run, { code: 'ASSERTION_FAILED' }, `${state}, ${event}`);
        continue;
      }
      const [edge, target] = cell.includes(':') ? cell.split(':') : [cell, cell];
      const moved = (ORDER_STATES as readonly string[]).includes(cell);
      const wanted = moved ? 'move' : edge;
      const to = (ORDER_STATES as readonly string[]).includes(target ?? '') ? target : state;
      assert.deepEqual(run(), { to: stateOf(to as OrderStateName), edge: wanted });
    }
  });

  test('events are numbered as they are named', () => {
    for (const [name, number] of Object.entries(OrderEvent)) {
      const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      assert.equal(ORDER_EVENTS[number], snake);
    }
  });

  test('the final states are those of the rules', () => {
    assert.deepEqual(
      ORDER_STATES.filter((state) => isFinal(stateOf(state))),
      ORDER_STATES.filter((state) => FINAL.includes(state)),
    );
  });

  test('a final state reopens through revive alone, and never by this engine', () => {
    for (const { state, event, cell } of CELLS) {
      if (!FINAL.includes(state) || cell === 'bug') continue;
      const { to, edge } = transition(stateOf(state), eventOf(event));
      if (!isFinal(to)) assert.equal(edge, 'revive', `${state}, ${event}`);
      if (edge === 'revive') assert(REPORTED.includes(event), `${event} is a broker fact`);
      if (edge === 'move') assert.fail(`${state} moved to ${ORDER_STATES[to]} by ${event}`);
    }
  });

  test('a fill is legal in every state from intended on', () => {
    for (const state of ORDER_STATES) {
      const whole = transition(stateOf(state), OrderEvent.filled);
      const part = transition(stateOf(state), OrderEvent.partiallyFilled);
      for (const { edge } of [whole, part])
        assert(['move', 'same', 'late', 'revive'].includes(edge));
      if (!FINAL.includes(state)) {
        assert.equal(ORDER_STATES[whole.to], 'filled', state);
        assert.equal(ORDER_STATES[part.to], 'partially_filled', state);
      }
    }
  });

  test('whatever a venue reports, in whatever state, is not a bug of this engine', () => {
    for (const state of ORDER_STATES) {
      for (const event of REPORTED) assert.notEqual(LIFE_CYCLE[state][event], 'bug');
    }
  });

  test('a time-out or a crash never rejects an order: what may have been sent is in doubt', () => {
    for (const state of ['intended', 'in_flight'] as const) {
      for (const event of ['unknown', 'recovered'] as const) {
        assert.equal(LIFE_CYCLE[state][event], 'in_doubt');
      }
    }
  });

  test('not_placed is reached by proof alone, and only from doubt (X9)', () => {
    const ways = CELLS.filter(({ cell }) => cell === 'not_placed');
    assert(ways.length > 0);
    for (const { state, event } of ways) {
      assert.equal(event, 'proven_absent');
      assert(state === 'in_doubt' || state === 'presumed_absent');
    }
    assert.equal(isFinal(stateOf('presumed_absent')), false);
  });

  test('every state can be reached from intended, and every open one can end', () => {
    const next = (from: OrderStateName): readonly OrderStateName[] =>
      ORDER_EVENTS.flatMap((event) => {
        const cell = LIFE_CYCLE[from][event];
        return ORDER_STATES.filter((state) => cell === state || cell.endsWith(`:${state}`));
      });
    const reached = new Set<OrderStateName>(['intended']);
    for (const state of reached) for (const to of next(state)) reached.add(to);
    assert.deepEqual([...reached].sort(), [...ORDER_STATES].sort());
    for (const state of ORDER_STATES) {
      if (FINAL.includes(state)) continue;
      assert(
        next(state).some((to) => FINAL.includes(to)),
        `${state} never ends`,
      );
    }
  });
});

suite('the diagram', () => {
  test('is a Mermaid state diagram with one line a pair of states, and every move on it', () => {
    const lines = lifeCycleDiagram().split('\n');
    assert.equal(lines[0], 'stateDiagram-v2');
    assert.equal(new Set(lines).size, lines.length);
    const edges = lines.filter((line) => line.includes(': '));
    for (const line of edges) assert.match(line, /^ {2}[a-z_]+ --> [a-z_]+: [a-z_]+(, [a-z_]+)*$/);
    const drawn = edges.flatMap((line) => {
      const [from, , to, ...events] = line.trim().split(/[ :,]+/);
      return events.map((event) => `${from} ${event} ${to}`);
    });
    const moves = CELLS.filter(({ cell }) => (ORDER_STATES as readonly string[]).includes(cell));
    assert.deepEqual(
      drawn.sort(),
      moves.map(({ state, event, cell }) => `${state} ${event} ${cell}`).sort(),
    );
    for (const state of FINAL) assert(lines.includes(`  ${state} --> [*]`));
    assert(lines.includes('  [*] --> intended'));
  });
});
