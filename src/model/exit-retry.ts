import type { FieldIo } from './codec.ts';
import { Side, walkSide } from './order.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  NO_TIME,
  type OrderHandle,
  type Quantity,
  type TimeUs,
} from './units.ts';

/**
 * `planned`: the rest is sent at `nextAt`; `blocked`: nothing may be sent now; `sent`: it is on its
 * way as the order `retry`; `dropped`: it is wanted no more; `abandoned`: too many attempts.
 */
export const RETRY_STEPS = ['planned', 'blocked', 'sent', 'dropped', 'abandoned'] as const;
export const RetryStep = { planned: 0, blocked: 1, sent: 2, dropped: 3, abandoned: 4 } as const;
export type RetryStep = (typeof RetryStep)[keyof typeof RetryStep];

/** A step of the engine's own retry of an exit that ended short (X12). */
export interface ExitRetry {
  step: RetryStep;
  /** The exit that ended short first. */
  order: OrderHandle;
  /** The engine's last order for the rest; `NO_ORDER` before the first. */
  retry: OrderHandle;
  /** Whose exit it was, by its index in the configuration. */
  strategy: number;
  instrument: InstrumentIndex;
  side: Side;
  /** What is left of it. */
  quantity: Quantity;
  /** Orders tried for it so far. */
  attempts: number;
  /** When it is sent, engine time; `NO_TIME` where that is not known. */
  nextAt: TimeUs;
}

export function blankExitRetry(): ExitRetry {
  return {
    step: RetryStep.planned,
    order: NO_ORDER,
    retry: NO_ORDER,
    strategy: 0,
    instrument: 0 as InstrumentIndex,
    side: Side.buy,
    quantity: 0 as Quantity,
    attempts: 0,
    nextAt: NO_TIME,
  };
}

export function walkExitRetry(io: FieldIo, r: ExitRetry): void {
  r.step = io.code('step', r.step, RETRY_STEPS) as RetryStep;
  r.order = io.int('order', r.order) as OrderHandle;
  r.retry = io.int('retry', r.retry) as OrderHandle;
  r.strategy = io.u16('strategy', r.strategy);
  r.instrument = io.u16('instrument', r.instrument) as InstrumentIndex;
  r.side = walkSide(io, 'side', r.side);
  r.quantity = io.int('quantity', r.quantity) as Quantity;
  r.attempts = io.u16('attempts', r.attempts);
  r.nextAt = io.int('nextAt', r.nextAt) as TimeUs;
}
