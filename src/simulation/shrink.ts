import type { Plan } from './faults.ts';
import type { RunResult } from './run-result.ts';
import type { SimulatedWorld } from './worlds.ts';

/** Runs that are spent on cutting one failure down. */
const RUNS_MAX = 300;

/** Cuts a failing plan down while it fails alike. */
class Shrinker {
  #best: RunResult;
  readonly #run: SimulatedWorld['run'];
  #runs = 0;

  constructor(failing: RunResult, run: SimulatedWorld['run']) {
    this.#best = failing;
    this.#run = run;
  }

  /** Takes a plan where it breaks the same invariant. */
  #take(plan: Plan): boolean {
    if (this.#runs === RUNS_MAX) return false;
    this.#runs += 1;
    const result = this.#run(plan);
    if (result.violation?.invariant !== this.#best.violation?.invariant) return false;
    this.#best = result;
    return true;
  }

  run(): RunResult {
    const { plan, activeUs, struck } = this.#best;
    const { seed } = plan;
    if (!this.#take({ seed, activeUs, only: [...new Set(struck)] })) return this.#best;
    this.#shorten();
    this.#thin();
    this.#shorten();
    return this.#best;
  }

  /** The strategy acts for a shorter time. */
  #shorten(): void {
    let step = this.#best.activeUs / 2;
    while (step > 50_000 && this.#runs < RUNS_MAX) {
      const activeUs = Math.round(this.#best.activeUs - step);
      const isTaken = activeUs > 0 && this.#take({ ...this.#best.plan, activeUs });
      if (!isTaken) step /= 2;
    }
  }

  /** Fewer faults strike: first halves of them are left out, then quarters, at last single ones. */
  #thin(): void {
    // What did not strike any more is of no use.
    this.#take({ ...this.#best.plan, only: [...new Set(this.#best.struck)] });
    for (let size = Math.ceil(this.#kept().length / 2); size >= 1; ) {
      let isThinner = false;
      for (let at = 0; at < this.#kept().length; ) {
        const only = this.#kept().toSpliced(at, size);
        if (this.#take({ ...this.#best.plan, only })) isThinner = true;
        else at += size;
      }
      if (!isThinner || size > 1) size = size === 1 ? 0 : Math.ceil(size / 2);
      if (this.#runs === RUNS_MAX) return;
    }
  }

  #kept(): readonly string[] {
    return this.#best.plan.only ?? [];
  }
}

/** A smaller plan that breaks the same invariant, with its result. `failing` did break one. */
export function shrink(failing: RunResult, run: SimulatedWorld['run']): RunResult {
  return new Shrinker(failing, run).run();
}
