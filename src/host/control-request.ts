import { z } from 'zod';
import { blankControl, type Control, ControlAction } from '../model/control.ts';
import { type OrderResolution, Resolution } from '../model/doubt.ts';
import { TRADING_STATES, type TradingState } from '../model/gate.ts';
import { parseDuration } from '../model/time.ts';
import type { OrderHandle, TimeUs } from '../model/units.ts';

/** One line of text that says something. */
function said(max: number, description: string) {
  return z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}]*[^\s\p{Cc}][^\p{Cc}]*$/u, 'must be one line that says something')
    .describe(description);
}

const byWhom = {
  by: said(64, 'Name of the operator'),
  reason: said(500, 'Why; it is journaled with the name'),
};

export const killRequest = z.strictObject({
  ...byWhom,
  tradingState: z.enum(['exit_only', 'halted']).default('exit_only'),
  flatten: z.boolean().default(false).describe('Close every position as well'),
});

export const flattenRequest = z.strictObject(byWhom);

export const adoptRequest = z.strictObject(byWhom);

export const resumeRequest = z.strictObject({
  ...byWhom,
  overrideFor: z
    .string()
    .regex(/^\d{1,6}(s|m|h)$/, 'must be a span of time such as "30m"')
    .optional()
    .describe('Pass over causes that persist for so long, market time; a day at most'),
  newPeak: z
    .boolean()
    .default(false)
    .describe('After a drawdown: it is measured from equity as it is now'),
});

export const enableRequest = z.strictObject(byWhom);

export const resolveRequest = z.strictObject({
  ...byWhom,
  as: z.enum(['placed', 'not_placed']),
  brokerOrderId: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/)
    .optional()
    .describe('Id of the order at the broker, of one that is placed'),
});

export function killOf(request: z.output<typeof killRequest>): Control {
  const { by, reason, flatten, tradingState } = request;
  const state = TRADING_STATES.indexOf(tradingState) as TradingState;
  return { ...blankControl(), tradingState: state, flatten, by: by.trim(), reason: reason.trim() };
}

export function flattenOf({ by, reason }: z.output<typeof flattenRequest>): Control {
  const action = ControlAction.flatten;
  return { ...blankControl(), action, by: by.trim(), reason: reason.trim() };
}

export function adoptOf({ by, reason }: z.output<typeof adoptRequest>): Control {
  const action = ControlAction.adopt;
  return { ...blankControl(), action, by: by.trim(), reason: reason.trim() };
}

/** `now`: market time, from which an override counts. */
export function resumeOf(request: z.output<typeof resumeRequest>, now: TimeUs): Control {
  const { by, reason, overrideFor, newPeak } = request;
  const action = ControlAction.resume;
  const control = { ...blankControl(), action, newPeak, by: by.trim(), reason: reason.trim() };
  const span = overrideFor === undefined ? undefined : parseDuration(overrideFor);
  return span === undefined ? control : { ...control, overrideUntil: (now + span) as TimeUs };
}

export function resolutionOf(
  order: OrderHandle,
  request: z.output<typeof resolveRequest>,
): OrderResolution {
  const { by, reason, brokerOrderId = '' } = request;
  const as = request.as === 'placed' ? Resolution.placed : Resolution.notPlaced;
  return { order, as, brokerOrderId, by: by.trim(), reason: reason.trim() };
}
