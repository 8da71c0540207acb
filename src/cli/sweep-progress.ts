import type { SweepProgress } from '../backtest/sweep/run-sweep.ts';
import { fixed } from '../report/number-text.ts';
import { type Display, type Look, openDisplay } from './display.ts';
import { spanText } from './progress.ts';

/** Time left, from the runs of this process alone, and the best point so far. */
class Outlook implements Look<SweepProgress> {
  readonly format = '{bar} {value} of {total} | {left} left | best {best}';
  readonly #startedAt = performance.now();
  readonly #keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  texts({ done, total, before, best, bestScore }: SweepProgress): { left: string; best: string } {
    const own = done - before;
    const perRun = (performance.now() - this.#startedAt) / own;
    return {
      left: own > 0 ? spanText(perRun * (total - done)) : '?',
      best:
        best === undefined || bestScore === undefined
          ? '–'
          : `${fixed(bestScore, 2)} (${this.#values(best.texts)})`,
    };
  }

  steps({ done, total }: SweepProgress): { done: number; total: number } {
    return { done, total };
  }

  line(progress: SweepProgress): string {
    const { left, best } = this.texts(progress);
    return `${progress.done} of ${progress.total} runs, ${left} left, best ${best}`;
  }

  #values(texts: readonly string[]): string {
    return texts.map((text, k) => `${this.#keys[k]}=${text}`).join(' ');
  }
}

/** The display of a sweep that fits stderr. */
export function openSweepDisplay(keys: readonly string[]): Promise<Display<SweepProgress>> {
  return openDisplay(new Outlook(keys));
}
