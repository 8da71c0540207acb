import { Worker } from 'node:worker_threads';
import { addTally, blankTally, type Tally } from './tally.ts';
import type { WorldName } from './worlds.ts';

/** As this file is: a source in a clone, built in a package. */
const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const ENTRY = new URL(`./seed-worker.${ENDING}`, import.meta.url);
/** Seeds that a thread takes at a time. */
const SPAN = 50;

export interface SeedsRequest {
  readonly world: WorldName;
  /** Both included. */
  readonly from: number;
  readonly to: number;
  readonly workers: number;
  /** Wall-clock time after which no further seeds are begun, ms; Infinity for all of them. */
  readonly timeMs: number;
  readonly progress: (done: number, total: number, violations: number) => void;
}

/** Runs seeds on threads. The sums do not depend on how many there are. */
export async function runSeeds(request: SeedsRequest): Promise<Tally> {
  const { world, from, to, workers, timeMs, progress } = request;
  const tally = blankTally();
  const total = to - from + 1;
  const endAt = performance.now() + timeMs;
  let next = from;
  async function work(): Promise<void> {
    const worker = new Worker(ENTRY);
    try {
      while (next <= to && performance.now() < endAt) {
        const span = { world, from: next, to: Math.min(to, next + SPAN - 1) };
        next = span.to + 1;
        addTally(tally, await answerOf(worker, span));
        progress(tally.seeds, total, tally.violations.length);
      }
    } finally {
      await worker.terminate();
    }
  }
  const wanted = Math.max(1, Math.min(workers, Math.ceil(total / SPAN)));
  await Promise.all(Array.from({ length: wanted }, work));
  tally.violations.sort((a, b) => Number.parseInt(a.plan, 10) - Number.parseInt(b.plan, 10));
  return tally;
}

function answerOf(
  worker: Worker,
  span: { readonly world: WorldName; readonly from: number; readonly to: number },
): Promise<Tally> {
  const answer = Promise.withResolvers<Tally>();
  const failed = (cause: unknown): void => {
    const text = `the simulator failed within seeds ${span.from} to ${span.to}`;
    answer.reject(new Error(text, { cause }));
  };
  worker.once('message', answer.resolve);
  worker.once('error', failed);
  worker.postMessage(span);
  return answer.promise.finally(() => {
    worker.off('message', answer.resolve);
    worker.off('error', failed);
  });
}
