import type { GateMode } from '../../model/gate.ts';
import type { Book } from '../book.ts';
import { type Denial, denyEntry, type Gate, type ProposedOrder } from './gate.ts';

/**
 * X6: the same strategy, instrument, side and quantity once more within a time is taken for a
 * repeat, whatever its key. It denies entries alone: an exit that was due twice is held by the exit
 * budget.
 */
export class DuplicativeGate implements Gate {
  readonly name = 'duplicative';
  readonly mode: GateMode;

  constructor(mode: GateMode) {
    this.mode = mode;
  }

  judge({ strategy, terms }: ProposedOrder, book: Book): Denial | undefined {
    const { repeats } = book.identity;
    const order = repeats.find(strategy, terms, book.time);
    if (order === undefined) return undefined;
    const limit = `${repeats.withinUs} us`;
    return denyEntry('duplicative', limit, `order ${order}`);
  }
}
