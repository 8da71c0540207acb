import type { FieldIo, Walkable } from '../../model/codec.ts';
import { blankExitJob, type ExitJob, ExitJobStep, walkExitJob } from '../../model/exit-job.ts';
import type { Side } from '../../model/order.ts';
import { type InstrumentIndex, NO_ORDER, type OrderHandle } from '../../model/units.ts';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Exits that take more than one order, each as its last step left it (X14, X20). A part of the
 * book: it changes by records alone.
 */
export class ExitJobs implements Walkable {
  readonly #jobs = new Map<number, ExitJob>();
  #last = 0;

  get size(): number {
    return this.#jobs.size;
  }
  /** Number of the next job. */
  get next(): number {
    return this.#last + 1;
  }

  /** Oldest first. */
  all(): readonly ExitJob[] {
    return [...this.#jobs.values()];
  }

  find(job: number): ExitJob | undefined {
    return this.#jobs.get(job);
  }

  /** The job whose first or last order this is. */
  of(order: OrderHandle): ExitJob | undefined {
    if (order === NO_ORDER) return undefined;
    for (const job of this.#jobs.values()) {
      if (job.first === order || job.order === order) return job;
    }
    return undefined;
  }

  /** Does a job leave the position in the instrument by orders of this side? */
  leaves(k: InstrumentIndex, side: Side): boolean {
    for (const { terms } of this.#jobs.values()) {
      if (terms.instrument === k && terms.side === side) return true;
    }
    return false;
  }

  /** When the next goes on by itself, engine time. */
  get due(): number {
    let due = NEVER;
    for (const { step, nextAt } of this.#jobs.values()) {
      if (step === ExitJobStep.waiting && nextAt < due) due = nextAt;
    }
    return due;
  }

  stepped(job: ExitJob): void {
    if (job.job > this.#last) this.#last = job.job;
    if (job.step === ExitJobStep.done) this.#jobs.delete(job.job);
    else this.#jobs.set(job.job, { ...job });
  }

  walk(io: FieldIo): void {
    this.#last = io.int('lastExitJob', this.#last);
    const copies = this.all().map((job) => ({ ...job }));
    const jobs = io.list('exitJobs', copies, blankExitJob, walkExitJob);
    if (!io.reading) return;
    this.#jobs.clear();
    for (const job of jobs) this.#jobs.set(job.job, job);
  }
}
