import { ExitCode } from './exit-code.ts';
import { guardOutput, outputWritten, printErr } from './output.ts';
import { type Invocation, parseCommandLine } from './program.ts';
import { Interrupted, reportError } from './report-error.ts';

async function exitCodeOf(invocation: Invocation): Promise<ExitCode> {
  try {
    const exitCode = invocation.exitCode ?? (await invocation.call());
    await outputWritten();
    return exitCode;
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return reportError(error, invocation.verbose);
  }
}

/**
 * Runs one command and sets the exit code. The process ends by itself when nothing is left to do,
 * so that what was printed is never cut off.
 */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  guardOutput();
  process.on('uncaughtException', (error) => {
    process.exit(reportError(error, true));
  });
  const invocation = parseCommandLine(args);
  try {
    process.exitCode = await exitCodeOf(invocation);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    printErr(`tiyf: ${error.message}\n`);
    process.exitCode = ExitCode.fatal;
    // Nothing handles the signal any more: who started this sees that it ended by it.
    process.kill(process.pid, error.signal);
  }
}
