import { present } from '../../model/assert.ts';
import type { DenyReasonName, GateMode } from '../../model/gate.ts';
import type { Book } from '../book.ts';
import { noSums, type Projection } from '../exposure/projection.ts';
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
import { eachLimit, type Standing, type UsageSubject } from './usage.ts';

/** Limits in money counts; `undefined` for none. */
export interface ExposureLimits {
  /** By instrument. */
  readonly perInstrument: readonly (number | undefined)[];
  readonly net: number | undefined;
  readonly gross: number | undefined;
  /** By currency code. */
  readonly perCurrency: ReadonlyMap<string, number>;
}

/** A figure, and the limit that it is above. */
interface Excess {
  readonly reason: DenyReasonName;
  readonly limit: number;
  readonly observed: number;
  /** What it is about, where that is not all. */
  readonly of: string;
}

/**
 * Exposure with every order filled that could fill (X17): of the instrument, net over all, gross
 * over all, and of the two currencies that it trades. Net figures take the worse of "all buys fill"
 * and "all sells fill", gross the sum. Nothing is judged that adds nothing.
 */
export class ExposureGate implements Gate {
  readonly name = 'exposure';
  readonly mode: GateMode;
  readonly judgesChanges = true;
  readonly #limits: ExposureLimits;
  readonly #onBreach: OnBreach;

  constructor(mode: GateMode, limits: ExposureLimits, onBreach: OnBreach) {
    this.mode = mode;
    this.#limits = limits;
    this.#onBreach = onBreach;
  }

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const added = additionOf(order, order.entryQuantity);
    if (added.quantity <= 0 && added.value <= 0) return undefined;
    const { exposure } = book.risk;
    const projection = exposure.with(added);
    if (projection === undefined) return deny('entry', 'exposure_unknown');
    const k = added.instrument;
    const excess = this.#excess(projection, k, book);
    if (excess === undefined) return undefined;
    const { reason, limit } = excess;
    const observed = observedText(book, excess);
    const allowed = largestEntry(order, this.#onBreach, (entry) => {
      const part = exposure.with(additionOf(order, entry));
      return part !== undefined && this.#excess(part, k, book) === undefined;
    });
    return denyEntry(reason, moneyText(book, limit), observed, allowed);
  }

  #excess(after: Readonly<Projection>, k: number, book: Book): Excess | undefined {
    const { perInstrument, net, gross } = this.#limits;
    const own = perInstrument[k];
    if (own !== undefined && after.instrument > own) {
      const of = present(book.instruments[k], 'instrument').symbol;
      const observed = after.instrument;
      return { reason: 'instrument_exposure_above_limit', limit: own, observed, of };
    }
    return (
      above('net_exposure_above_limit', net, Math.max(after.netUp, 0 - after.netDown)) ??
      above('gross_exposure_above_limit', gross, after.gross) ??
      this.#currencyExcess(after, k, book)
    );
  }

  #currencyExcess(after: Readonly<Projection>, k: number, book: Book): Excess | undefined {
    const { perCurrency } = this.#limits;
    if (perCurrency.size === 0) return undefined;
    const { base, quote } = present(book.instruments[k], 'instrument');
    const reason = 'currency_exposure_above_limit';
    return (
      above(reason, perCurrency.get(base), after.base, base) ??
      above(reason, perCurrency.get(quote), after.quote, quote)
    );
  }

  exceeded(book: Book): Denial | undefined {
    if (book.risk.exposure.now() === undefined) return deny('entry', 'exposure_unknown');
    const excess = this.standings(book).find(({ limit, used = 0 }) => used > limit);
    if (excess === undefined) return undefined;
    const { reason, limit, used = 0 } = excess;
    const observed = `${prefixOf(excess, book)}${moneyText(book, used)}`;
    return denyEntry(reason, moneyText(book, limit), observed);
  }

  standings(book: Book): readonly Standing[] {
    const { exposure } = book.risk;
    const sums = exposure.now();
    const { perInstrument, net, gross, perCurrency } = this.#limits;
    const line = (
      reason: DenyReasonName,
      subject: UsageSubject,
      limits: readonly (number | undefined)[],
      used: (at: number) => number,
    ): readonly Standing[] =>
      eachLimit(limits, (limit, at) => {
        const known = sums === undefined ? undefined : used(at);
        return { reason, subject, at, measure: 'money', limit, used: known };
      });
    const { netUp, netDown, gross: inAll } = sums ?? noSums();
    const byCurrency = exposure.currencies.map((code) => perCurrency.get(code));
    return [
      ...line('instrument_exposure_above_limit', 'instrument', perInstrument, (k) =>
        exposure.ofInstrument(k),
      ),
      ...line('net_exposure_above_limit', 'account', [net], () => Math.max(netUp, 0 - netDown)),
      ...line('gross_exposure_above_limit', 'account', [gross], () => inAll),
      ...line('currency_exposure_above_limit', 'currency', byCurrency, (at) =>
        exposure.ofCurrency(at),
      ),
    ];
  }
}

/** What a figure is about, before it; empty of the account. */
function prefixOf({ subject, at }: Standing, { instruments, risk }: Book): string {
  if (subject === 'instrument') return `${present(instruments[at], 'instrument').symbol} `;
  return subject === 'currency' ? `${risk.exposure.currencies[at] ?? ''} ` : '';
}

function observedText(book: Book, { of, observed }: Excess): string {
  const text = moneyText(book, observed);
  return of === '' ? text : `${of} ${text}`;
}

function above(
  reason: DenyReasonName,
  limit: number | undefined,
  observed: number,
  of = '',
): Excess | undefined {
  return limit === undefined || observed <= limit ? undefined : { reason, limit, observed, of };
}
