import { Worker } from 'node:worker_threads';
import type { PointJob, PointOutcome, WorkerSetup } from './point.ts';
import { reasonOf } from './run-point.ts';

/** As this file is: a source in a clone, built in a package. */
const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const ENTRY = new URL(`./point-worker.${ENDING}`, import.meta.url);

export interface PoolOptions {
  readonly setup: WorkerSetup;
  readonly workers: number;
  /** Largest heap of a worker, beside the quotes that all share. */
  readonly heapMb: number;
  /** Ends all work with the signal's reason. */
  readonly signal: AbortSignal;
}

/** A job and who wants to know of it. */
export interface PoolTask {
  readonly job: PointJob;
  readonly done: (outcome: PointOutcome) => void;
}

/** One thread, and the task that it is at. */
class PointThread {
  readonly #worker: Worker;
  readonly #ended: Promise<string>;
  hasEnded = false;

  constructor({ setup, heapMb }: PoolOptions) {
    this.#worker = new Worker(ENTRY, {
      workerData: setup,
      // What a strategy prints is no result.
      stdout: true,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    this.#worker.stdout.on('data', (chunk: Uint8Array) => process.stderr.write(chunk));
    this.#ended = this.#end();
  }

  /** Why the thread ended; it never does by itself. */
  #end(): Promise<string> {
    return new Promise((resolve) => {
      let reason = '';
      this.#worker.once('error', (error: unknown) => {
        reason = `the worker died: ${reasonOf(error)}`;
      });
      this.#worker.once('exit', (code) => {
        this.hasEnded = true;
        resolve(reason === '' ? `the worker ended with exit code ${code}` : reason);
      });
    });
  }

  /** Runs a job; a thread that ends meanwhile has failed it. */
  async run(job: PointJob): Promise<PointOutcome> {
    const replied = Promise.withResolvers<PointOutcome>();
    this.#worker.once('message', replied.resolve);
    this.#worker.postMessage(job);
    const ended = this.#ended.then((reason): PointOutcome => ({ status: 'failed', reason }));
    const outcome = await Promise.race([replied.promise, ended]);
    this.#worker.off('message', replied.resolve);
    return outcome;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/**
 * Runs tasks on threads, as many at a time as there are workers, until `next` has no more. A thread
 * that dies fails its own task, and another takes its place. Throws the reason of an aborted
 * signal, and whatever `next` and `done` throw; all threads have ended by then.
 */
export async function runTasks(
  options: PoolOptions,
  next: () => Promise<PoolTask | undefined>,
): Promise<void> {
  const { signal, workers } = options;
  const threads = new Set<PointThread>();
  let broken = false;
  const lane = async (): Promise<void> => {
    let thread: PointThread | undefined;
    for (;;) {
      const task = broken || signal.aborted ? undefined : await next();
      if (task === undefined) return;
      if (thread === undefined || thread.hasEnded) {
        if (thread !== undefined) threads.delete(thread);
        thread = new PointThread(options);
        threads.add(thread);
      }
      const outcome = await thread.run(task.job);
      if (broken || signal.aborted) return;
      task.done(outcome);
    }
  };
  const endAll = (): Promise<unknown> => Promise.all([...threads].map((thread) => thread.end()));
  const abort = (): void => void endAll();
  signal.addEventListener('abort', abort);
  try {
    const lanes = Array.from({ length: workers }, async () => {
      try {
        await lane();
      } catch (error) {
        broken = true;
        void endAll();
        throw error;
      }
    });
    const ends = await Promise.allSettled(lanes);
    signal.throwIfAborted();
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    signal.removeEventListener('abort', abort);
    await endAll();
  }
}
