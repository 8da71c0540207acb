import type { SingleBar } from 'cli-progress';
import { printErr } from './output.ts';

/** Shows on stderr how far something is. */
export interface Display<P> extends Disposable {
  update(progress: P): void;
}

/** How a display tells of a kind of work. */
export interface Look<P> {
  /** What stands beside a bar, as `cli-progress` takes it: names of `texts` in braces. */
  readonly format: string;
  texts(progress: P): Readonly<Record<string, string>>;
  /** How much of how much is done, for the length of the bar. */
  steps(progress: P): { readonly done: number; readonly total: number };
  /** The same in one line, for logs and pipes. */
  line(progress: P): string;
}

const LINE_EVERY_MS = 5_000;

/** A line every few seconds: for logs and pipes. */
class Lines<P> implements Display<P> {
  readonly #look: Look<P>;
  #printedAt = performance.now();

  constructor(look: Look<P>) {
    this.#look = look;
  }

  update(progress: P): void {
    const now = performance.now();
    if (now - this.#printedAt < LINE_EVERY_MS) return;
    this.#printedAt = now;
    printErr(`${this.#look.line(progress)}\n`);
  }

  [Symbol.dispose](): void {
    // A line is whole as soon as it is printed.
  }
}

/** A bar that is drawn over itself: for terminals. */
class Bar<P> implements Display<P> {
  readonly #look: Look<P>;
  readonly #bar: SingleBar;
  #started = false;

  constructor(bar: SingleBar, look: Look<P>) {
    this.#bar = bar;
    this.#look = look;
  }

  update(progress: P): void {
    const texts = this.#look.texts(progress);
    const { done, total } = this.#look.steps(progress);
    if (!this.#started) this.#bar.start(total, done, texts);
    this.#started = true;
    this.#bar.update(done, texts);
  }

  [Symbol.dispose](): void {
    if (this.#started) this.#bar.stop();
    this.#started = false;
  }
}

/** The display that fits stderr. */
export async function openDisplay<P>(look: Look<P>): Promise<Display<P>> {
  if (!process.stderr.isTTY) return new Lines(look);
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({
    format: look.format,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    stream: process.stderr,
    clearOnComplete: true,
    // Signals are the command's: it ends the run, and the run ends the bar.
    gracefulExit: false,
  });
  return new Bar(bar, look);
}
