import type { BacktestProgress } from '../backtest/feed-market.ts';
import { grouped } from '../report/number-text.ts';
import { type Display, type Look, openDisplay } from './display.ts';

/** Shows how far a run is, on stderr. */
export type ProgressDisplay = Display<BacktestProgress>;

const BAR_STEPS = 1000;
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

/** Quotes, speed and time left of a run that begins now. */
class Pace implements Look<BacktestProgress> {
  readonly format = '{bar} {percentage} % | {quotes} quotes | {speed} quotes/s | {left} left';
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
  steps({ share }: BacktestProgress): { done: number; total: number } {
    return { done: Math.floor(share * BAR_STEPS), total: BAR_STEPS };
  }

  line(progress: BacktestProgress): string {
    const { quotes, speed, left } = this.texts(progress);
    const percent = Math.floor(progress.share * 100);
    return `${percent} %, ${quotes} quotes, ${speed} quotes/s, ${left} left`;
  }
}

/** The display of a run that fits stderr. */
export function openProgress(): Promise<ProgressDisplay> {
  return openDisplay(new Pace());
}
