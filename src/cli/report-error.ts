import { inspect } from 'node:util';
import { ExitCode } from './exit-code.ts';
import { printErr } from './output.ts';

/** Errors that a user can do something about, by the literal code of their class. */
const EXIT_CODES: Readonly<Record<string, ExitCode>> = {
  USAGE: ExitCode.usage,
  CONFIG_INVALID: ExitCode.usage,
  CACHE_REFUSED: ExitCode.usage,
  OUTPUT_REFUSED: ExitCode.usage,
  OUTPUT_FAILED: ExitCode.fatal,
  STDOUT_FAILED: ExitCode.fatal,
  DATA_FILE_MISSING: ExitCode.data,
  DATA_READ: ExitCode.data,
  DATA_FORMAT: ExitCode.data,
  DATA_BAD_ROW: ExitCode.data,
  DATA_SKIPPED_SHARE: ExitCode.data,
  DATA_ARCHIVE: ExitCode.data,
  DATA_EMPTY: ExitCode.data,
  RESULT_UNREADABLE: ExitCode.data,
  CALENDAR_HORIZON: ExitCode.data,
  DIRECTORY_LOCKED: ExitCode.usage,
  ENGINE_UNREACHABLE: ExitCode.unreachable,
  VENUE_UNREACHABLE: ExitCode.unreachable,
  VENUE_START: ExitCode.usage,
  HOST_REFUSED: ExitCode.usage,
  STATE_OF_OTHER_CONFIGURATION: ExitCode.usage,
  CONFIGURATION_UNKNOWN: ExitCode.usage,
  STRATEGY_DIVERGED: ExitCode.usage,
  VENUE_DIVERGED: ExitCode.data,
  SNAPSHOT_MISSING: ExitCode.data,
  SNAPSHOT_DAMAGED: ExitCode.data,
  SWEEP_REFUSED: ExitCode.usage,
  QUOTES_TOO_MANY: ExitCode.usage,
  JOURNAL_MISSING: ExitCode.usage,
  JOURNAL_DAMAGED: ExitCode.data,
  JOURNAL_FAILED: ExitCode.fatal,
  JOURNAL_FULL: ExitCode.fatal,
  JOURNAL_FOREIGN: ExitCode.usage,
  JOURNAL_NEWER: ExitCode.usage,
  STRATEGY_FAILED: ExitCode.fatal,
};

/** A command line that says two things that do not go together. */
export class UsageError extends Error {
  readonly code = 'USAGE';
  override readonly name = 'UsageError';
}

/** A run that was ended from outside; the process then ends by the same signal. */
export class Interrupted extends Error {
  readonly code = 'INTERRUPTED';
  override readonly name = 'Interrupted';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Says on stderr what went wrong; returns the exit code for it. `verbose` adds the stack. */
export function reportError(error: unknown, verbose: boolean): ExitCode {
  const code = codeOf(error);
  const exitCode = EXIT_CODES[code];
  if (exitCode === undefined || !(error instanceof Error)) {
    printErr(`tiyf: this is a bug in the engine, please report it\n${inspect(error)}\n`);
    return ExitCode.fatal;
  }
  // Each line of it begins with a file and a place, which editors and people follow.
  if (code === 'CONFIG_INVALID') printErr(`${error.message}\n`);
  else printErr(`tiyf: ${error.message} [${code}]\n`);
  if (verbose) printErr(`${inspect(error)}\n`);
  else if (code === 'STRATEGY_FAILED') printErr('tiyf: --verbose shows where it was thrown\n');
  return exitCode;
}
