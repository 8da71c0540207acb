import { present } from '../model/assert.ts';
import { ALERT_SEVERITIES, type AlertSeverity } from '../model/records.ts';
import { formatUtc } from '../model/time.ts';
import type { TimeUs } from '../model/units.ts';
import type { AlertPort } from '../runtime/outbox.ts';

/** Alerts of one key: how many, the worst severity, and when the first was and what it said. */
export interface AlertSummary {
  readonly severity: (typeof ALERT_SEVERITIES)[number];
  readonly count: number;
  readonly firstTime: string;
  readonly firstText: string;
}

interface Entry {
  severity: AlertSeverity;
  count: number;
  readonly firstTime: TimeUs;
  readonly firstText: string;
}

/** Collects the alerts of a run by key: nobody is there to be woken. */
export class AlertLog implements AlertPort {
  readonly #byKey = new Map<string, Entry>();

  alert(severity: AlertSeverity, key: string, text: string, time: TimeUs): void {
    const entry = this.#byKey.get(key);
    if (entry === undefined) {
      this.#byKey.set(key, { severity, count: 1, firstTime: time, firstText: text });
      return;
    }
    entry.count += 1;
    if (severity > entry.severity) entry.severity = severity;
  }

  /** By key, in the order in which each first occurred. */
  summary(): Readonly<Record<string, AlertSummary>> {
    return Object.fromEntries(
      [...this.#byKey].map(([key, { severity, count, firstTime, firstText }]) => [
        key,
        {
          severity: present(ALERT_SEVERITIES[severity], 'severity'),
          count,
          firstTime: formatUtc(firstTime),
          firstText,
        },
      ]),
    );
  }
}
