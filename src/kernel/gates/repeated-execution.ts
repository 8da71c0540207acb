import type { GateMode } from '../../model/gate.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import type { Book } from '../book.ts';
import { type Denial, denyEntry, type Gate, type ProposedOrder } from './gate.ts';

/**
 * A strategy of which so many fills on one side came within so short a time only exits, until an
 * operator enables it by name (input `enableStrategy`).
 */
export class RepeatedExecutionGate implements Gate {
  readonly name = 'repeated_execution';
  readonly mode: GateMode;
  readonly judgesChanges = true;

  constructor(mode: GateMode) {
    this.mode = mode;
  }

  judge({ strategy }: ProposedOrder, book: Book): Denial | undefined {
    const { repeats } = book.risk;
    if (repeats === undefined || !repeats.isStopped(strategy)) return undefined;
    const { fills, withinUs } = repeats.spec;
    const limit = `${fills} fills on one side in ${withinUs / US_PER_SECOND} s`;
    return denyEntry('strategy_exit_only', limit, 'reached');
  }
}
