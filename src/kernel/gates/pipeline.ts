import { assert } from '../../model/assert.ts';
import { GATE_NAMES } from '../../model/gate.ts';
import type { Book } from '../book.ts';
import type { Denial, Gate, ProposedOrder } from './gate.ts';

/** What the gates said: how much may go on, and every denial on the way. */
export interface Judgement {
  readonly verdict: 'pass' | 'cut' | 'denied';
  readonly denials: readonly { readonly gate: Gate; readonly denial: Denial }[];
}

const PASS: Judgement = { verdict: 'pass', denials: [] };

/**
 * Leads an order through the gates in their one order. The first gate that enforces a denial of
 * the whole order ends it; a denial of the entry ends it too unless an exit part remains, to which
 * the order is cut. A gate in shadow speaks and never blocks.
 */
export class GatePipeline {
  readonly gates: readonly Gate[];

  constructor(gates: readonly Gate[]) {
    const order = gates.map((gate) => GATE_NAMES.indexOf(gate.name));
    const sorted = order.every((at, i) => i === 0 || at > (order[i - 1] ?? 0));
    assert(sorted, 'gates are not in their fixed order');
    this.gates = gates;
  }

  judge(order: ProposedOrder, book: Book): Judgement {
    let denials: { gate: Gate; denial: Denial }[] | undefined;
    let entryDenied = false;
    for (const gate of this.gates) {
      if (gate.mode === 'off') continue;
      const denial = gate.judge(order, book);
      if (denial === undefined) continue;
      // An entry denial says nothing of an order that is all exit.
      if (denial.scope === 'entry' && order.entryQuantity === 0) continue;
      denials ??= [];
      denials.push({ gate, denial });
      if (gate.mode !== 'enforce') continue;
      if (denial.scope === 'order' || order.exitQuantity === 0) {
        return { verdict: 'denied', denials };
      }
      entryDenied = true;
    }
    if (denials === undefined) return PASS;
    return { verdict: entryDenied ? 'cut' : 'pass', denials };
  }
}
