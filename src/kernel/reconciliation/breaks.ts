import { present } from '../../model/assert.ts';
import { BREAK_KINDS, type Break, type BreakKindName } from '../../model/reconciliation.ts';
import { AlertSeverity } from '../../model/records.ts';

/**
 * What is done about a break: `alert` tells the operator; `hold` also stops new risk until a clean
 * comparison; `kill` halts.
 */
export type Reaction = 'alert' | 'hold' | 'kill';

export interface BreakRule {
  readonly severity: AlertSeverity;
  readonly reaction: Reaction;
  /**
   * Acted on when two comparisons in a row show it: what crossed on the wire is gone in the next.
   */
  readonly seenTwice: boolean;
}

const { warning, critical } = AlertSeverity;

/** Severity and reaction of every kind of break, in one place (X26, X28). */
export const BREAK_RULES: Readonly<Record<BreakKindName, BreakRule>> = {
  missing_at_broker: { severity: critical, reaction: 'hold', seenTwice: true },
  missing_at_engine: { severity: critical, reaction: 'hold', seenTwice: true },
  quantity: { severity: critical, reaction: 'hold', seenTwice: true },
  price: { severity: warning, reaction: 'hold', seenTwice: true },
  side: { severity: critical, reaction: 'hold', seenTwice: false },
  status: { severity: warning, reaction: 'hold', seenTwice: true },
  duplicate: { severity: critical, reaction: 'hold', seenTwice: false },
  late: { severity: critical, reaction: 'alert', seenTwice: false },
  position_drift: { severity: critical, reaction: 'hold', seenTwice: true },
  cash: { severity: critical, reaction: 'hold', seenTwice: true },
  stale_source: { severity: warning, reaction: 'alert', seenTwice: false },
  unknown_owner: { severity: warning, reaction: 'alert', seenTwice: false },
  bust_correction: { severity: critical, reaction: 'hold', seenTwice: false },
  foreign_activity: { severity: critical, reaction: 'hold', seenTwice: false },
};

export function breakName(found: Break): BreakKindName {
  return present(BREAK_KINDS[found.kind], 'kind of break');
}

export function ruleOf(found: Break): BreakRule {
  return BREAK_RULES[breakName(found)];
}

/** What tells one break from another between two comparisons. */
export function breakKey({ kind, order, instrument, reference }: Break): string {
  return `${kind}/${order}/${instrument}/${reference}`;
}
