import type { SingleBar } from 'cli-progress';
import type { BacktestProgress } from '../backtest/feed-market.ts';
import { grouped } from '../report/number-text.ts';
import { printErr } from './output.ts';

/** Shows how far a run is, on stderr. */
export interface ProgressDisplay extends Disposable {
  update(progress: BacktestProgress): void;
}

const BAR_STEPS = 1000;
const LINE_EVERY_MS = 5_000;
const MS_PER_SECOND = 1000;
const SECONDS_PER_MINUTE = 60;
/** Below this share the time left is a guess that jumps about. */
const SHARE_MIN = 0.001;

/** Time as a person reads it: `12 s`, `3 min 05 s`. */
export function spanText(ms: number): string {
  const seconds = Math.ceil(ms / MS_PER_SECOND);
  if (seconds < SECONDS_PER_MINUTE) return `${seconds} s`;
  const rest = String(seconds % SECONDS_PER_MINUTE).padStart(2, '0');
  return `${Math.floor(seconds / SECONDS_PER_MINUTE)} min ${rest} s`;
}

/** Quotes, speed and time left of a run that began at `startedAt`. */
class Pace {
  readonly #startedAt = performance.now();

  texts({ quotes, share }: BacktestProgress): { quotes: string; speed: string; left: string } {
    const elapsedMs = Math.max(performance.now() - this.#startedAt, 1);
    const known = share >= SHARE_MIN && share <= 1;
    return {
      quotes: grouped(String(quotes)),
      speed: grouped(String(Math.round((quotes * MS_PER_SECOND) / elapsedMs))),
      left: known ? spanText((elapsedMs * (1 - share)) / share) : '?',
    };
  }
}

/** A line every few seconds: for logs and pipes. */
class ProgressLines implements ProgressDisplay {
  readonly #pace = new Pace();
  #printedAt = performance.now();

  update(progress: BacktestProgress): void {
    const now = performance.now();
    if (now - this.#printedAt < LINE_EVERY_MS) return;
    this.#printedAt = now;
    const { quotes, speed, left } = this.#pace.texts(progress);
    const percent = Math.floor(progress.share * 100);
    printErr(`${percent} %, ${quotes} quotes, ${speed} quotes/s, ${left} left\n`);
  }

  [Symbol.dispose](): void {
    // A line is whole as soon as it is printed.
  }
}

/** A bar that is drawn over itself: for terminals. */
class ProgressBar implements ProgressDisplay {
  readonly #pace = new Pace();
  readonly #bar: SingleBar;
  #started = false;

  constructor(bar: SingleBar) {
    this.#bar = bar;
  }

  update(progress: BacktestProgress): void {
    const texts = this.#pace.texts(progress);
    if (!this.#started) this.#bar.start(BAR_STEPS, 0, texts);
    this.#started = true;
    this.#bar.update(Math.floor(progress.share * BAR_STEPS), texts);
  }

  [Symbol.dispose](): void {
    if (this.#started) this.#bar.stop();
    this.#started = false;
  }
}

/** The display that fits stderr. */
export async function openProgress(): Promise<ProgressDisplay> {
  if (!process.stderr.isTTY) return new ProgressLines();
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {quotes} quotes | {speed} quotes/s | {left} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    stream: process.stderr,
    clearOnComplete: true,
    // Signals are the command's: it ends the run, and the run ends the bar.
    gracefulExit: false,
  });
  return new ProgressBar(bar);
}
