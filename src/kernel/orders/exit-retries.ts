import type { FieldIo, Walkable } from '../../model/codec.ts';
import {
  blankExitRetry,
  type ExitRetry,
  RetryStep,
  walkExitRetry,
} from '../../model/exit-retry.ts';
import type { InstrumentIndex, OrderHandle, Quantity } from '../../model/units.ts';
import { ExitJobs } from './exit-jobs.ts';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Exits that ended short and that the engine sends again (X12), each as its last step left it. A
 * part of the book: it changes by records alone. What they want in all is within the position, and
 * none outlives a position that has closed or turned.
 */
export class ExitRetries implements Walkable {
  readonly #retries = new Map<OrderHandle, ExitRetry>();
  /** Exits that take more than one order. */
  readonly jobs = new ExitJobs();

  get size(): number {
    return this.#retries.size;
  }

  /** Oldest first. */
  all(): readonly ExitRetry[] {
    return [...this.#retries.values()];
  }

  /** The retry whose last order this is. */
  sentAs(order: OrderHandle): ExitRetry | undefined {
    for (const retry of this.#retries.values()) if (retry.retry === order) return retry;
    return undefined;
  }

  /** When the next is due, engine time. */
  get due(): number {
    let due = NEVER;
    for (const { step, nextAt } of this.#retries.values()) {
      if (step === RetryStep.planned && nextAt < due) due = nextAt;
    }
    return due;
  }

  /** What the retries of an instrument want, but for the one of `except`. */
  wanted(k: InstrumentIndex, except: OrderHandle): number {
    let sum = 0;
    for (const { order, instrument, quantity } of this.#retries.values()) {
      if (instrument === k && order !== except) sum += quantity;
    }
    return sum;
  }

  stepped(retry: ExitRetry): void {
    const { step, order } = retry;
    if (step === RetryStep.dropped || step === RetryStep.abandoned) this.#retries.delete(order);
    else this.#retries.set(order, { ...retry });
  }

  /**
   * A fill: what it did of a retry is wanted no more, nor what goes beyond the position that is
   * left, nor anything once that has closed or turned.
   */
  filled(of: OrderHandle, filled: Quantity, k: InstrumentIndex, position: Quantity): void {
    if (this.#retries.size === 0) return;
    let most = Math.abs(position);
    for (const retry of this.all()) {
      if (retry.instrument !== k) continue;
      const { order, side, quantity } = retry;
      const own = retry.retry === of || order === of ? filled : 0;
      const reduces = position !== 0 && position > 0 !== side > 0;
      const left = reduces ? Math.min(quantity - own, most) : 0;
      if (left <= 0) this.#retries.delete(order);
      else {
        retry.quantity = left as Quantity;
        most -= left;
      }
    }
  }

  walk(io: FieldIo): void {
    this.jobs.walk(io);
    const retries = io.list('exitRetries', [...this.all()], blankExitRetry, walkExitRetry);
    if (!io.reading) return;
    this.#retries.clear();
    for (const retry of retries) this.#retries.set(retry.order, retry);
  }
}
