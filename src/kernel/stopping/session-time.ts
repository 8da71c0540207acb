import type { Calendar } from '../../market/calendar.ts';
import type { TimeUs } from '../../model/units.ts';

/**
 * The time at which `us` of session time have passed since `from` (X19). Beyond what the calendar
 * knows every moment counts: what is too old is then found sooner, never later.
 */
export function afterSessionTime(calendar: Calendar, from: TimeUs, us: number): TimeUs {
  let left = us;
  let at = from;
  for (;;) {
    if (at < calendar.from || at >= calendar.horizon) return (at + left) as TimeUs;
    const session = calendar.sessionAt(at);
    if (session === undefined) {
      at = calendar.openAfter(at) ?? calendar.horizon;
      continue;
    }
    if (left <= session.close - at) return (at + left) as TimeUs;
    left -= session.close - at;
    at = session.close;
  }
}
