import { Interrupted } from './report-error.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends a run at the first signal; a second one ends the process at once. */
export class SignalWatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners = SIGNALS.map((name) => {
    const listener = (): void => this.#controller.abort(new Interrupted(name));
    process.once(name, listener);
    return { name, listener };
  });

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const { name, listener } of this.#listeners) process.off(name, listener);
  }
}
