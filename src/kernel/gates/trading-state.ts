import { TradingState } from '../../model/gate.ts';
import type { Book } from '../book.ts';
import { type Denial, deny, type Gate, type ProposedOrder } from './gate.ts';

/**
 * X21: `exit_only` lets exits pass, `halted` lets only an operator act. Always enforced (X20).
 */
export class TradingStateGate implements Gate {
  readonly name = 'trading_state';
  readonly mode = 'enforce';

  judge({ byOperator }: ProposedOrder, book: Book): Denial | undefined {
    if (book.tradingState === TradingState.active) return undefined;
    if (book.tradingState === TradingState.exitOnly) return deny('entry', 'exit_only');
    return deny(byOperator === true ? 'entry' : 'order', 'halted');
  }
}
