import type { SingleBar } from 'cli-progress';
import type { SweepProgress } from '../backtest/sweep/run-sweep.ts';
import { grouped } from '../report/number-text.ts';
import { printErr } from './output.ts';
import { spanText } from './progress.ts';

/** Shows how far a sweep is, on stderr. */
export interface SweepDisplay extends Disposable {
  update(progress: SweepProgress): void;
}

const LINE_EVERY_MS = 5_000;

/** Time left, from the runs of this process alone, and the best point so far. */
class Outlook {
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
          : `${grouped(bestScore.toFixed(2))} (${this.#values(best.texts)})`,
    };
  }

  #values(texts: readonly string[]): string {
    return texts.map((text, k) => `${this.#keys[k]}=${text}`).join(' ');
  }
}

class SweepLines implements SweepDisplay {
  readonly #outlook: Outlook;
  #printedAt = performance.now();

  constructor(keys: readonly string[]) {
    this.#outlook = new Outlook(keys);
  }

  update(progress: SweepProgress): void {
    const now = performance.now();
    if (now - this.#printedAt < LINE_EVERY_MS) return;
    this.#printedAt = now;
    const { left, best } = this.#outlook.texts(progress);
    printErr(`${progress.done} of ${progress.total} runs, ${left} left, best ${best}\n`);
  }

  [Symbol.dispose](): void {
    // A line is whole as soon as it is printed.
  }
}

class SweepBar implements SweepDisplay {
  readonly #outlook: Outlook;
  readonly #bar: SingleBar;
  #started = false;

  constructor(bar: SingleBar, keys: readonly string[]) {
    this.#bar = bar;
    this.#outlook = new Outlook(keys);
  }

  update(progress: SweepProgress): void {
    const texts = this.#outlook.texts(progress);
    if (!this.#started) this.#bar.start(progress.total, progress.done, texts);
    this.#started = true;
    this.#bar.update(progress.done, texts);
  }

  [Symbol.dispose](): void {
    if (this.#started) this.#bar.stop();
    this.#started = false;
  }
}

/** The display that fits stderr. */
export async function openSweepDisplay(keys: readonly string[]): Promise<SweepDisplay> {
  if (!process.stderr.isTTY) return new SweepLines(keys);
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({
    format: '{bar} {value} of {total} | {left} left | best {best}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    stream: process.stderr,
    clearOnComplete: true,
    gracefulExit: false,
  });
  return new SweepBar(bar, keys);
}
