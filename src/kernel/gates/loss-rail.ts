import { present } from '../../model/assert.ts';
import type { DenyReasonName, GateMode } from '../../model/gate.ts';
import type { RailName } from '../../model/risk.ts';
import type { Book } from '../book.ts';
import { type Denial, denyEntry, type Gate, moneyText, type ProposedOrder } from './gate.ts';
import type { Standing } from './usage.ts';

/**
 * What the gates of both loss rails do: no entry while the loss by the present marks reaches the
 * limit, nor while what is held has no certain mark (X19). The trip itself is no gate's: it follows
 * from marks, and makes the engine exit-only.
 */
export abstract class LossRailGate implements Gate {
  abstract readonly name: RailName;
  abstract readonly reason: DenyReasonName;
  readonly mode: GateMode;
  readonly judgesChanges = true;

  constructor(mode: GateMode) {
    this.mode = mode;
  }

  judge(_order: ProposedOrder, book: Book): Denial | undefined {
    const { rails } = book.risk;
    const rail = rails?.rail(this.name);
    if (rails === undefined || rail === undefined) return undefined;
    const loss = rails.loss(rail);
    if (loss >= rail.limit) {
      return denyEntry(this.reason, moneyText(book, rail.limit), moneyText(book, loss));
    }
    const uncertain = rails.marks.uncertainNow(book.time);
    if (uncertain === -1) return undefined;
    const { symbol } = present(book.instruments[uncertain], 'instrument');
    return denyEntry('mark_uncertain', '', symbol);
  }

  /** What is lost; negative where there is a gain. */
  standings(book: Book): readonly Standing[] {
    const { rails } = book.risk;
    const rail = rails?.rail(this.name);
    if (rails === undefined || rail === undefined) return [];
    const { reason } = this;
    const [limit, used] = [rail.limit, rails.loss(rail)];
    const blocks = used >= limit || rails.marks.uncertainNow(book.time) !== -1;
    return [{ reason, subject: 'account', at: 0, measure: 'money', limit, used, blocks }];
  }
}
