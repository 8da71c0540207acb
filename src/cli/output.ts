import { Console } from 'node:console';

/** A failed write to stdout that was not the reader going away; the run did not reach its user. */
let stdoutFailure: Error | undefined;

/**
 * Lets the process outlive its readers: `tiyf … | head` ends quietly, and a full disk behind a
 * redirection becomes an error of this process, not a crash. Called once, at the start.
 */
export function guardOutput(): void {
  // A strategy may print; what it prints is no result.
  globalThis.console = new Console(process.stderr, process.stderr);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') stdoutFailure = error;
  });
  // Nobody reads what would be said about it.
  process.stderr.on('error', () => undefined);
}

/** What was printed did not reach where stdout leads. */
export class StdoutError extends Error {
  readonly code = 'STDOUT_FAILED';
  override readonly name = 'StdoutError';
}

/** Results. With `--json` nothing else goes here. */
export function printOut(text: string): void {
  process.stdout.write(text);
}

/** Progress, logs and errors. */
export function printErr(text: string): void {
  process.stderr.write(text);
}

/** Resolves when what was printed has left the process; throws when stdout could not take it. */
export async function outputWritten(): Promise<void> {
  await new Promise<void>((done) => process.stdout.write('', () => done()));
  if (stdoutFailure !== undefined) {
    const { message } = stdoutFailure;
    throw new StdoutError(`stdout cannot be written: ${message}`, { cause: stdoutFailure });
  }
}
