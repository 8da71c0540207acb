import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { fsReason, OutputError } from '../results/output-error.ts';
import type { PointOutcome } from './point.ts';
import { SweepError } from './sweep-error.ts';

/** What a sweep is of: another one must not go on where this one stopped. */
export interface SweepIdentity {
  readonly configHash: string;
  /** Fingerprint of the market. */
  readonly data: string;
  readonly strategySources: readonly string[];
  readonly engineVersion: string;
  readonly timeZoneVersion: string;
  readonly values: readonly { readonly key: string; readonly values: readonly string[] }[];
  /** Points that were drawn, not all combinations. */
  readonly random: { readonly count: number; readonly seed: number } | null;
  readonly walkForward: object | null;
}

/** A finished run: which it was, and what became of it. */
export interface JournalEntry {
  readonly run: string;
  readonly outcome: PointOutcome;
  readonly elapsedMs: number;
}

const KIND = 'tiyf-sweep';
const VERSION = 1;

/** What a person is told when a journal is of another sweep. */
const PARTS: Readonly<Record<keyof SweepIdentity, string>> = {
  configHash: 'the configuration',
  data: 'the market’s data',
  strategySources: 'a strategy’s module',
  engineVersion: 'the version of the engine',
  timeZoneVersion: 'the version of the time zones',
  values: 'keys and values',
  random: 'the points that are drawn',
  walkForward: 'the walk-forward',
};

/**
 * `journal.jsonl`: a line that says what the sweep is of, then one for each run that is over. A
 * process that dies leaves at most a torn last line, which is cut off when the sweep goes on.
 */
export class SweepJournal implements Disposable {
  readonly #path: string;
  readonly #fd: number = -1;
  readonly #known: ReadonlyMap<string, PointOutcome>;

  /**
   * Begins a journal, or goes on with the one that is there. Throws {@link SweepError} for one that
   * is of another sweep, or that cannot be read.
   */
  constructor(path: string, identity: SweepIdentity) {
    this.#path = path;
    this.#fd = guarded(path, () => openSync(path, 'a+'));
    try {
      const text = guarded(path, () => readFileSync(path, 'utf8'));
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      const lines = whole.split('\n').slice(0, -1);
      guarded(path, () => ftruncateSync(this.#fd, Buffer.byteLength(whole)));
      const header = { kind: KIND, version: VERSION, ...identity };
      if (lines.length === 0) this.#write(header);
      else checkHeader(path, lines[0] ?? '', identity);
      this.#known = entriesOf(path, lines.slice(1));
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** What is over already, by the name of the run. */
  get known(): ReadonlyMap<string, PointOutcome> {
    return this.#known;
  }

  add(entry: JournalEntry): void {
    this.#write(entry);
  }

  #write(line: object): void {
    guarded(this.#path, () => {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`, 'utf8');
      let done = 0;
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done);
      fdatasyncSync(this.#fd);
    });
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

function guarded<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw new OutputError('OUTPUT_FAILED', `${path} cannot be used: ${fsReason(cause)}`, cause);
  }
}

function parsed(path: string, line: string, number: number): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SweepError(`${path}:${number}: is damaged; --overwrite begins anew`);
}

function checkHeader(path: string, line: string, identity: SweepIdentity): void {
  const header = parsed(path, line, 1);
  if (Reflect.get(header, 'kind') !== KIND || Reflect.get(header, 'version') !== VERSION) {
    throw new SweepError(`${path} is not the journal of a sweep of this version`);
  }
  const other = Object.entries(identity)
    .filter(([key, value]) => JSON.stringify(Reflect.get(header, key)) !== JSON.stringify(value))
    .map(([key]) => PARTS[key as keyof SweepIdentity]);
  if (other.length === 0) return;
  throw new SweepError(
    `${path} is of another sweep (${other.join(', ')}); choose another --out, or --overwrite it`,
  );
}

function entriesOf(path: string, lines: readonly string[]): Map<string, PointOutcome> {
  const known = new Map<string, PointOutcome>();
  for (const [at, line] of lines.entries()) {
    const entry = parsed(path, line, at + 2) as Partial<JournalEntry>;
    if (typeof entry.run !== 'string' || typeof entry.outcome?.status !== 'string') {
      throw new SweepError(`${path}:${at + 2}: is damaged; --overwrite begins anew`);
    }
    known.set(entry.run, entry.outcome);
  }
  return known;
}
