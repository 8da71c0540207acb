import { millionthsOf } from '../../model/arithmetic.ts';
import type { DenyReasonName, GateMode } from '../../model/gate.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import type { Book } from '../book.ts';
import {
  additionOf,
  type Denial,
  deny,
  denyEntry,
  type Gate,
  largestEntry,
  moneyText,
  type OnBreach,
  type ProposedOrder,
} from './gate.ts';
import type { Standing } from './usage.ts';

/** Shares are millionths; `undefined` for no limit. */
export interface MarginRules {
  /** Margin used, with every order filled, as a share of net asset value. */
  readonly usedMax: number | undefined;
  /** The broker closes out once net asset value falls to this share of the margin used. */
  readonly closeoutShare: number;
  /** Least distance to that, as a share of net asset value. */
  readonly distanceMin: number | undefined;
  /** A rate or a price that is older denies. */
  readonly rateAgeMaxUs: number;
}

interface Excess {
  readonly reason: DenyReasonName;
  readonly allowed: number;
}

/** X18: margin with all reservations filled against net asset value, and how far a closeout is. */
export class MarginGate implements Gate {
  readonly name = 'margin';
  readonly mode: GateMode;
  readonly judgesChanges = true;
  readonly #rules: MarginRules;
  /** Margin allowed by the distance to closeout, as millionths of net asset value. */
  readonly #byDistance: number | undefined;
  readonly #onBreach: OnBreach;

  constructor(mode: GateMode, rules: MarginRules, onBreach: OnBreach) {
    this.mode = mode;
    this.#rules = rules;
    this.#onBreach = onBreach;
    const { distanceMin, closeoutShare } = rules;
    if (distanceMin === undefined) return;
    this.#byDistance = Math.floor(((1_000_000 - distanceMin) * 1_000_000) / closeoutShare);
  }

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const added = additionOf(order, order.entryQuantity);
    if (added.quantity <= 0 && added.value <= 0) return undefined;
    const { exposure } = book.risk;
    const after = exposure.with(added);
    if (after === undefined) return deny('entry', 'exposure_unknown');
    const { margin } = after;
    const since = book.time - this.#rules.rateAgeMaxUs;
    const oldest = exposure.oldest(added.instrument, since);
    if (oldest < since) {
      const age = book.time - oldest;
      const limit = `${this.#rules.rateAgeMaxUs / US_PER_SECOND} s`;
      return denyEntry('rate_stale', limit, `${age / US_PER_SECOND} s`);
    }
    const excess = this.#excess(margin, book);
    if (excess === undefined) return undefined;
    const cut = largestEntry(order, this.#onBreach, (entry) => {
      const part = exposure.with(additionOf(order, entry));
      return part !== undefined && this.#excess(part.margin, book) === undefined;
    });
    const limit = moneyText(book, excess.allowed);
    return denyEntry(excess.reason, limit, moneyText(book, margin), cut);
  }

  #excess(margin: number, book: Book): Excess | undefined {
    const byShare = allowance(this.#rules.usedMax, book);
    if (margin > byShare) return { reason: 'margin_above_limit', allowed: byShare };
    const byDistance = allowance(this.#byDistance, book);
    if (margin > byDistance) return { reason: 'closeout_too_near', allowed: byDistance };
    return undefined;
  }

  standings(book: Book): readonly Standing[] {
    const used = book.risk.exposure.now()?.margin;
    const line = (reason: DenyReasonName, share: number | undefined): readonly Standing[] => {
      if (share === undefined) return [];
      const limit = allowance(share, book);
      return [{ reason, subject: 'account', at: 0, measure: 'money', limit, used }];
    };
    return [
      ...line('margin_above_limit', this.#rules.usedMax),
      ...line('closeout_too_near', this.#byDistance),
    ];
  }

  exceeded(book: Book): Denial | undefined {
    const sums = book.risk.exposure.now();
    if (sums === undefined) return deny('entry', 'exposure_unknown');
    const excess = this.#excess(sums.margin, book);
    if (excess === undefined) return undefined;
    return denyEntry(excess.reason, moneyText(book, excess.allowed), moneyText(book, sums.margin));
  }
}

/** Margin that a share of net asset value allows, as money counts. */
function allowance(millionths: number | undefined, { account }: Book): number {
  if (millionths === undefined) return Number.POSITIVE_INFINITY;
  return millionthsOf(account.equityCount, millionths);
}
