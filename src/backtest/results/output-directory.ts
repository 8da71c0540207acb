import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { makeDirectories } from '../../journal/make-directories.ts';
import { fsCode, fsReason, OutputError } from './output-error.ts';

export interface OutputRequest {
  /** The directory that the results shall stand in; absent or empty unless `overwrite`. */
  readonly path: string;
  /** Replace what stands there. */
  readonly overwrite: boolean;
  /** Files that the run reads: a directory that holds one of them is never replaced. */
  readonly inputs?: readonly string[];
  /** Names of files that `overwrite` may remove; by default those of a backtest's results. */
  readonly isResult?: (name: string) => boolean;
}

const NAMES_MAX = 100;

function refused(message: string, cause?: unknown): OutputError {
  return new OutputError('OUTPUT_REFUSED', message, cause);
}

/**
 * A directory whose content appears complete or not at all: it is written beside its place, under
 * a hidden name, and moved there by {@link complete}. Disposed of before that, it leaves nothing.
 * Only a process that is killed outright leaves the hidden directory, never a half result.
 */
export class OutputDirectory implements Disposable {
  readonly #target: string;
  readonly #replaces: boolean;
  /** First of the directories above the target that did not exist. */
  readonly #firstMade: string | undefined;
  /** Where to write until it is complete. */
  readonly temporary: string;
  #completed = false;

  /** Throws {@link OutputError} `OUTPUT_REFUSED`, and has then changed nothing. */
  constructor({ path, overwrite, inputs, isResult }: OutputRequest) {
    const { target, filled } = place(path);
    if (filled && !overwrite) {
      throw refused(`${path} is not empty; --overwrite replaces what is there`);
    }
    if (filled) refuseUnlessDisposable(path, target, inputs ?? [], isResult ?? isBacktestResult);
    this.#target = target;
    this.#replaces = filled;
    try {
      this.#firstMade = makeDirectories(dirname(target));
      this.temporary = makeSibling(target, 'new');
    } catch (cause) {
      throw refused(`${path} cannot be written: ${fsReason(cause)}`, cause);
    }
  }

  /** Moves the directory to its place. Throws {@link OutputError} `OUTPUT_FAILED`. */
  complete(): void {
    try {
      if (this.#replaces) this.#replace();
      else renameSync(this.temporary, this.#target);
      this.#completed = true;
      syncDirectory(dirname(this.#target));
    } catch (cause) {
      const reason = fsReason(cause);
      throw new OutputError('OUTPUT_FAILED', `results cannot be put in place: ${reason}`, cause);
    }
  }

  #replace(): void {
    const old = makeSibling(this.#target, 'old');
    // The new sibling is empty, so that the old directory can be moved over it.
    renameSync(this.#target, old);
    try {
      renameSync(this.temporary, this.#target);
    } catch (cause) {
      renameSync(old, this.#target);
      throw cause;
    }
    rmSync(old, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    if (this.#completed) return;
    this.#completed = true;
    rmSync(this.temporary, { recursive: true, force: true });
    if (this.#firstMade === undefined) return;
    removeEmptyUpTo(dirname(this.#target), this.#firstMade);
  }
}

interface Place {
  readonly target: string;
  /** There is something in it already. */
  readonly filled: boolean;
}

/** The directory that a path means, through links. */
function place(path: string): Place {
  try {
    return lookUp(path);
  } catch (cause) {
    if (cause instanceof OutputError) throw cause;
    throw refused(`${path} cannot be used: ${fsReason(cause)}`, cause);
  }
}

function lookUp(path: string): Place {
  if (path === '') throw refused('the name of the directory is empty');
  const given = resolve(path);
  const stat = statSync(given, { throwIfNoEntry: false });
  if (stat === undefined) {
    if (lstatSync(given, { throwIfNoEntry: false }) !== undefined) {
      throw refused(`${path} is a link that leads nowhere`);
    }
    return { target: given, filled: false };
  }
  if (!stat.isDirectory()) throw refused(`${path} is not a directory`);
  const target = realpathSync(given);
  // A rename cannot reach across file systems, nor replace the root of one.
  if (statSync(dirname(target)).dev !== stat.dev || dirname(target) === target) {
    throw refused(`${path} is the root of a file system; name a directory inside it`);
  }
  return { target, filled: readdirSync(target).length > 0 };
}

/** The files of a result, by name. */
export const RESULT_NAMES: readonly string[] = [
  'trades.csv',
  'orders.jsonl',
  'fills.jsonl',
  'equity.csv',
  'summary.json',
  'costs.csv',
  'prices.csv',
  'configuration.json',
  'report.html',
];

function isBacktestResult(name: string): boolean {
  return RESULT_NAMES.includes(name);
}

/**
 * What `--overwrite` may remove: results are files, and nothing works in their directory. Anything
 * else is more likely a slip of the hand than a wish.
 */
function refuseUnlessDisposable(
  path: string,
  target: string,
  inputs: readonly string[],
  isResult: (name: string) => boolean,
): void {
  const other = readdirSync(target, { withFileTypes: true }).find(
    (entry) => !entry.isFile() || !isResult(entry.name),
  );
  if (other !== undefined) {
    throw refused(`${path} holds ${other.name}, which is not a result: it is not replaced`);
  }
  const here = realpathSync(process.cwd());
  if (here === target || here.startsWith(`${target}${sep}`)) {
    throw refused(`${path} is the current directory: it is not replaced`);
  }
  const input = inputs.find((file) => dirname(realpathSync(file)) === target);
  if (input !== undefined) throw refused(`${path} holds ${input}: it is not replaced`);
}

/** Makes a hidden directory beside the target. */
function makeSibling(target: string, use: string): string {
  for (let i = 0; ; i++) {
    const name = `.${basename(target)}.tiyf-${use}-${process.pid}-${i}`;
    const path = join(dirname(target), name);
    try {
      mkdirSync(path);
      return path;
    } catch (cause) {
      if (fsCode(cause) !== 'EEXIST' || i === NAMES_MAX) throw cause;
    }
  }
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function removeEmptyUpTo(from: string, last: string): void {
  for (let path = from; path.startsWith(last); path = dirname(path)) {
    try {
      rmdirSync(path);
    } catch (cause) {
      // Someone else uses it by now: then it stays, and so does what is above it.
      if (fsCode(cause) === 'ENOTEMPTY' || fsCode(cause) === 'ENOENT') return;
      throw cause;
    }
  }
}
