import type { GateMode } from '../../model/gate.ts';
import type { Book } from '../book.ts';
import { additionOf, type Denial, deny, denyEntry, type Gate, type ProposedOrder } from './gate.ts';
import type { Standing } from './usage.ts';

/**
 * How many instruments may have a position, or an order that could open one. Who adds to one that
 * is open already is not stopped.
 */
export class OpenPositionsGate implements Gate {
  readonly name = 'open_positions';
  readonly mode: GateMode;
  readonly #max: number = 0;

  constructor(mode: GateMode, max: number) {
    this.mode = mode;
    this.#max = max;
  }

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const after = book.risk.exposure.with(additionOf(order, order.entryQuantity));
    if (after === undefined) return deny('entry', 'exposure_unknown');
    if (!after.opens || after.active <= this.#max) return undefined;
    return denyEntry('open_positions_above_limit', `${this.#max}`, `${after.active}`);
  }

  standings(book: Book): readonly Standing[] {
    const [reason, limit] = ['open_positions_above_limit' as const, this.#max];
    const used = book.risk.exposure.now()?.active;
    return [{ reason, subject: 'account', at: 0, measure: 'positions', limit, used }];
  }
}
