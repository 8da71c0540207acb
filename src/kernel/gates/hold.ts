import { formatUtc } from '../../model/time.ts';
import type { Book } from '../book.ts';
import { type Denial, deny, type Gate, type ProposedOrder } from './gate.ts';

/**
 * No new risk while an order on the instrument is in doubt, before engine and broker were compared
 * and agreed, while they differ (X27), or right after an order of the strategy came to nothing
 * (X12). Exits pass. Always enforced (X20).
 */
export class HoldGate implements Gate {
  readonly name = 'hold';
  readonly mode = 'enforce';

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const k = order.terms.instrument;
    const inDoubt = book.doubts.on(k);
    if (inDoubt !== undefined) {
      return { ...deny('entry', 'order_in_doubt'), observed: `order ${inDoubt}` };
    }
    if (!book.reconciliation.armed) return deny('entry', 'unreconciled');
    if (book.reconciliation.held) return deny('entry', 'break_open');
    const until = book.failures.waitsUntil(order.strategy, k);
    if (until <= book.time) return undefined;
    return { ...deny('entry', 'failure_backoff'), limit: formatUtc(until) };
  }
}
