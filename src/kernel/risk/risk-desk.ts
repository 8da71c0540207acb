import { present } from '../../model/assert.ts';
import { formatScaled } from '../../model/decimal.ts';
import { AlertSeverity, RecordKind } from '../../model/records.ts';
import { RAILS, type RailName, TRIP_CAUSES, type TripCause } from '../../model/risk.ts';
import type { Money } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { Gate } from '../gates/gate.ts';
import type { Alarms } from '../orders/alarms.ts';
import type { Recorder } from '../recorder.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** Decides what follows from losses: days of the rails, trips, and limits that prices passed. */
export class RiskDesk {
  readonly #book: Book;
  readonly #recorder: Recorder;
  readonly #alarms: Alarms;
  readonly #gates: readonly Gate[];

  constructor(book: Book, recorder: Recorder, alarms: Alarms, gates: readonly Gate[]) {
    this.#book = book;
    this.#recorder = recorder;
    this.#alarms = alarms;
    this.#gates = gates;
  }

  /** When there is something to do at a boundary; Infinity for nothing. */
  get due(): number {
    return this.#book.risk.rails?.nextDay ?? NEVER;
  }

  /** Begins a day of the rails if one is due: at the start, at its boundary, or after a stop. */
  begin(): void {
    const { risk, time, account } = this.#book;
    if (risk.rails === undefined || risk.rails.nextDay > time) return;
    const { balance, equity } = account;
    const day = risk.rails.dayOf(time);
    this.#recorder.emit({ kind: RecordKind.riskDay, day, balance, equity });
  }

  /** Trips the rails that are due: only exits pass from then on (X21). */
  look(): void {
    const { rails } = this.#book.risk;
    if (rails === undefined) return;
    for (const name of RAILS) {
      const cause = rails.tripOf(name);
      if (cause !== undefined) this.#trip(name, cause);
    }
  }

  #trip(name: RailName, cause: TripCause): void {
    const { risk, account } = this.#book;
    const rail = present(risk.rails?.rail(name), 'rail');
    const { enforced } = rail.limits;
    const limit = BigInt(rail.limit) as Money;
    const lost = BigInt(risk.rails?.loss(rail) ?? 0) as Money;
    this.#recorder.emit({
      kind: RecordKind.railTripped,
      rail: RAILS.indexOf(name),
      cause: TRIP_CAUSES.indexOf(cause),
      limit,
      observed: lost,
      shadow: !enforced,
    });
    const { decimals, currency } = account.spec;
    const figures = [lost, limit].map((money) => formatScaled(money, decimals));
    const text = `${figures[0]} ${currency} lost of ${figures[1]} allowed (${cause})`;
    if (!enforced) {
      this.#recorder.warn(name, `in shadow: ${text}`);
      return;
    }
    this.#recorder.alert(AlertSeverity.critical, name, text);
    this.#alarms.stopEntries(`${name}: ${text}`);
  }

  /** X17: a limit that prices alone have passed blocks entries, and is told. */
  sample(): void {
    this.#book.risk.begin();
    for (const gate of this.#gates) {
      if (gate.mode === 'off') continue;
      const over = gate.exceeded?.(this.#book);
      if (over === undefined) continue;
      const { reason, observed, limit } = over;
      this.#recorder.warn('limit_passed', `${gate.name}, ${reason}: ${observed} of ${limit}`);
    }
  }

  /** An operator has let a strategy take new risk again. */
  enabled(strategy: number, by: string, reason: string): void {
    const text = `strategy ${strategy} may take new risk again: ${by}, ${reason}`;
    this.#recorder.alert(AlertSeverity.info, 'strategy_enabled', text);
  }
}
