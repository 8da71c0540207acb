import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { ChildOptions, TestMessage } from './messages.ts';

/** A test that failed, or the run itself: `title` says where, `error` is what was thrown. */
export interface TestFailure {
  readonly title: string;
  readonly error: string;
}

export interface TestRunResult {
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly TestFailure[];
  /** The end of what the tests printed. */
  readonly output: string;
}

export interface TestRunOptions extends ChildOptions {
  /** Working folder of the tests. */
  readonly root: string;
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Without any event for this long the process is killed; above `testTimeoutMs`. */
  readonly stuckMs: number;
}

const CHILD = join(import.meta.dirname, 'child.ts');
const OUTPUT_CHARS_MAX = 16_384;

/** Collects the messages of one run. */
class TestRun {
  passed = 0;
  skipped = 0;
  output = '';
  ended = false;
  readonly failures: TestFailure[] = [];
  readonly #running = new Map<number, string>();

  take(message: TestMessage): void {
    switch (message.kind) {
      case 'started':
        this.#running.set(message.id, message.title);
        return;
      case 'ended':
        this.#running.delete(message.id);
        return;
      case 'passed':
        this.passed += 1;
        return;
      case 'skipped':
        this.skipped += 1;
        return;
      case 'failed':
        this.failures.push({ title: message.title, error: message.error });
        return;
      case 'left-open':
        this.end(`all tests ended, but one left open: ${message.resources.join(', ')}`);
        return;
      case 'done':
        this.ended = true;
        return;
    }
  }

  /** The run is over and, unless it was already, in a way that is a failure by itself. */
  end(error: string): void {
    if (this.ended) return;
    this.ended = true;
    // Suites run while their tests do; the innermost names say most.
    const running = [...this.#running.values()];
    this.failures.push({ title: running.at(-1) ?? 'the test process', error });
  }
}

function collectOutput(child: ChildProcess, run: TestRun): void {
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      run.output = (run.output + text).slice(-OUTPUT_CHARS_MAX);
    });
  }
}

/**
 * Runs test files in one process of their own, and survives whatever they do to it: a hang, a
 * crash or an exit is reported as a failure of the test that was running.
 */
export function runTestFiles(options: TestRunOptions): Promise<TestRunResult> {
  const { testTimeoutMs, idleMs } = options;
  const child = fork(CHILD, [JSON.stringify({ testTimeoutMs, idleMs }), ...options.files], {
    cwd: options.root,
    execArgv: ['--conditions=tiyf-source'],
    silent: true,
  });
  const run = new TestRun();
  collectOutput(child, run);
  const stuck = setTimeout(() => {
    run.end(`nothing happened for ${options.stuckMs / 1000} s; killed`);
    child.kill('SIGKILL');
  }, options.stuckMs);
  child.on('message', (message) => {
    stuck.refresh();
    run.take(message as TestMessage);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(stuck);
      run.end(`the test process ended early (${signal ?? `exit code ${code}`})`);
      const { passed, skipped, failures, output } = run;
      resolve({ passed, skipped, failures, output });
    });
  });
}
