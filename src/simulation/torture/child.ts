import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** How a program is started. */
export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where its log goes; it is appended to. */
  readonly log: string;
}

/** A process of the campaign, from its start to its end. */
export class Child {
  readonly #process: ChildProcess;
  /** The address that it prints, or `undefined` where it ends before. */
  readonly url: Promise<string | undefined>;
  readonly #ended: Promise<number | string>;
  /** How it ended: exit code or signal. */
  end: number | string | undefined;
  #killed = false;

  constructor({ path, args, env, log }: Program) {
    const file = openSync(log, 'a');
    try {
      const stdio: ['ignore', 'pipe', number] = ['ignore', 'pipe', file];
      this.#process = spawn(path, args, { env, stdio });
    } finally {
      closeSync(file);
    }
    const ended = Promise.withResolvers<number | string>();
    this.#process.once('error', ended.reject);
    this.#process.once('close', (code, signal) => {
      this.end = code ?? signal ?? 'unknown';
      ended.resolve(this.end);
    });
    this.#ended = ended.promise;
    const { stdout } = this.#process;
    const url = Promise.withResolvers<string | undefined>();
    const lines = stdout === null ? undefined : createInterface({ input: stdout });
    lines?.once('line', (line) => url.resolve(line.trim()));
    ended.promise.then(
      () => url.resolve(undefined),
      () => url.resolve(undefined),
    );
    this.url = url.promise;
  }

  /** Ended, and nobody here asked for it. */
  get endedByItself(): boolean {
    return this.end !== undefined && !this.#killed;
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#killed = true;
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM; resolves with its exit code. */
  async stop(): Promise<number | string> {
    this.#killed = true;
    this.#process.kill('SIGTERM');
    return await this.#ended;
  }
}
