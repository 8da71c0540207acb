import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly ok: boolean;
  /** Both streams, as they came. */
  readonly output: string;
}

/** Runs a program to its end and keeps what it prints. A program that cannot start is a failure. */
export function runCommand(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}
