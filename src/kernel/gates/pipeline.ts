import { assert } from '../../model/assert.ts';
import { GATE_NAMES } from '../../model/gate.ts';
import type { Quantity } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { Denial, Gate, ProposedOrder } from './gate.ts';
import { MessageRateGate } from './message-rate.ts';

/** What the gates said: how much of the entry may go on, and every denial on the way. */
export interface Judgement {
  readonly verdict: 'pass' | 'cut' | 'denied';
  /** What may go on of the part that opens risk. */
  readonly entryQuantity: Quantity;
  readonly denials: readonly { readonly gate: Gate; readonly denial: Denial }[];
}

const NONE: Judgement['denials'] = [];
const NOTHING = 0 as Quantity;

/**
 * Leads an order through the gates in their one order. The first gate that enforces a denial of
 * the whole order ends it. A denial of the entry cuts the entry to what the gate allows, and those
 * after it judge that; once nothing of the order is left it ends. A gate in shadow speaks and never
 * blocks.
 */
export class GatePipeline {
  readonly gates: readonly Gate[];
  readonly #ofChanges: readonly Gate[];
  readonly #enforcing: readonly Gate[];

  constructor(gates: readonly Gate[]) {
    const order = gates.map((gate) => GATE_NAMES.indexOf(gate.name));
    const sorted = order.every((at, i) => i === 0 || at > (order[i - 1] ?? 0));
    assert(sorted, 'gates are not in their fixed order');
    this.gates = gates.filter(({ mode }) => mode !== 'off');
    this.#enforcing = this.gates.filter(({ mode }) => mode === 'enforce');
    this.#ofChanges = this.gates.filter(({ judgesChanges }) => judgesChanges === true);
  }

  /** The most that one order on instrument `k` may be; Infinity for any. */
  orderCap(k: number): number {
    let cap = Number.POSITIVE_INFINITY;
    for (const gate of this.#enforcing) cap = Math.min(cap, gate.orderCap?.(k) ?? cap);
    return cap;
  }

  /** When the limits on messages have room for one more (X20). */
  exitFitsAt(book: Book, k: number): number {
    const rate = this.#enforcing.find((gate) => gate instanceof MessageRateGate);
    return rate?.fitsAt(book, k) ?? 0;
  }

  judge(asked: ProposedOrder, book: Book): Judgement {
    const gates = asked.change === undefined ? this.gates : this.#ofChanges;
    let denials: { gate: Gate; denial: Denial }[] | undefined;
    let order = asked;
    book.risk.begin();
    for (let i = 0; i < gates.length; i++) {
      const gate = gates[i] as Gate;
      const denial = gate.judge(order, book);
      if (denial === undefined) continue;
      // An entry denial says nothing of an order that is all exit.
      if (denial.scope === 'entry' && asked.entryQuantity === 0) continue;
      denials ??= [];
      denials.push({ gate, denial });
      if (gate.mode !== 'enforce') continue;
      const entryQuantity = denial.scope === 'order' ? NOTHING : denial.allowed;
      const left = denial.scope === 'order' ? 0 : entryQuantity + order.exitQuantity;
      if (left === 0) return { verdict: 'denied', entryQuantity: NOTHING, denials };
      order = { ...order, entryQuantity };
    }
    const { entryQuantity } = order;
    if (denials === undefined) return { verdict: 'pass', entryQuantity, denials: NONE };
    const isCut = entryQuantity < asked.entryQuantity;
    return { verdict: isCut ? 'cut' : 'pass', entryQuantity, denials };
  }
}
