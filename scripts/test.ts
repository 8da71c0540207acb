/**
 * `npm test`: type check, lint and format, then every test file. Arguments are parts of paths and
 * run the matching test files alone: `npm test -- src/model`. The last line of the output is
 * `N passed, N failed` (with `, N skipped` where some were); the exit code is 1 on any failure.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from './test-run/command.ts';
import { runTestFiles, type TestRunResult } from './test-run/run-tests.ts';

const ROOT = dirname(import.meta.dirname);
const BIN = join(ROOT, 'node_modules', '.bin');
const TEST_FILES = '{src,scripts,bench,examples}/**/*.test.ts';
const TEST_TIMEOUT_MS = 120_000;
const STUCK_MS = TEST_TIMEOUT_MS + 15_000;
const IDLE_MS = 5_000;
const COMMAND_LINES_MAX = 100;
/** Of more, each would wait for the same disk. */
const PROCESSES_MAX = 4;

interface StepResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly summary: string;
  /** What to read when it failed; empty when it passed. */
  readonly details: string;
}

interface TimedStep extends StepResult {
  readonly seconds: number;
}

function firstLines(text: string): string {
  const lines = text.trim().split('\n');
  if (lines.length <= COMMAND_LINES_MAX) return lines.join('\n');
  const more = lines.length - COMMAND_LINES_MAX;
  return [...lines.slice(0, COMMAND_LINES_MAX), `… ${more} more lines: npm run check`].join('\n');
}

async function commandStep(name: string, program: string, args: string[]): Promise<StepResult> {
  const { ok, output } = await runCommand(join(BIN, program), args, ROOT);
  return {
    name,
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: 0,
    summary: ok ? 'passed' : 'failed',
    details: ok ? '' : firstLines(output),
  };
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}

function failureDetails(result: TestRunResult): string {
  if (result.failures.length === 0) return '';
  const failures = result.failures.map(({ title, error }) => `✖ ${title}\n${indented(error)}\n`);
  if (result.output !== '') failures.push(`output of the tests:\n${indented(result.output)}`);
  return failures.join('\n');
}

/** Files dealt out like cards: those that stand beside each other are often alike in length. */
function dealt(files: readonly string[], hands: number): string[][] {
  return Array.from({ length: hands }, (_, hand) => files.filter((_, at) => at % hands === hand));
}

function together(results: readonly TestRunResult[]): TestRunResult {
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    skipped: results.reduce((sum, { skipped }) => sum + skipped, 0),
    failures: results.flatMap(({ failures }) => failures),
    output: results.map(({ output }) => output).join(''),
  };
}

async function testStep(files: readonly string[]): Promise<StepResult> {
  const hands = Math.min(files.length, availableParallelism(), PROCESSES_MAX);
  const runs = dealt(files, hands).map((hand) =>
    runTestFiles({
      root: ROOT,
      files: hand,
      testTimeoutMs: TEST_TIMEOUT_MS,
      idleMs: IDLE_MS,
      stuckMs: STUCK_MS,
    }),
  );
  const result = together(await Promise.all(runs));
  const { passed, skipped } = result;
  const none = passed + skipped + result.failures.length === 0;
  const failed = none ? 1 : result.failures.length;
  const verdict = failed === 0 ? 'passed' : 'failed';
  return {
    name: 'tests',
    passed,
    failed,
    skipped,
    summary: `${verdict}  ${passed + failed} tests, ${files.length} files`,
    details: none ? 'no test ran' : failureDetails(result),
  };
}

function noTestFiles(filters: readonly string[]): StepResult {
  const details =
    filters.length === 0 ? 'no test file found' : `no test file matches ${filters.join(' ')}`;
  return { name: 'tests', passed: 0, failed: 1, skipped: 0, summary: 'failed', details };
}

function findTestFiles(filters: readonly string[]): string[] {
  const wanted = filters.map((filter) => filter.replace(/^\.\//, ''));
  return globSync(TEST_FILES, { cwd: ROOT, exclude: ['**/node_modules/**'] })
    .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => join(ROOT, path));
}

async function timed(step: () => Promise<StepResult>): Promise<TimedStep> {
  const startMs = performance.now();
  return { ...(await step()), seconds: (performance.now() - startMs) / 1000 };
}

/** Types and style run beside the tests. */
function start(filters: readonly string[]): Promise<TimedStep>[] {
  const files = findTestFiles(filters);
  const tests = timed(async () =>
    files.length === 0 ? noTestFiles(filters) : await testStep(files),
  );
  if (filters.length > 0) return [tests];
  const types = timed(() => commandStep('types', 'tsc', ['-p', '.']));
  const style = types.then(() =>
    timed(() => commandStep('style', 'biome', ['check', '--error-on-warnings', '.'])),
  );
  return [types, style, tests];
}

async function main(): Promise<void> {
  const results: TimedStep[] = [];
  for (const step of start(process.argv.slice(2))) {
    const result = await step;
    results.push(result);
    if (result.details !== '') console.log(`\n${result.details}\n`);
    console.log(`${result.name.padEnd(6)} ${result.summary}  ${result.seconds.toFixed(1)} s`);
  }
  const sum = (pick: (step: StepResult) => number) => results.reduce((n, s) => n + pick(s), 0);
  const failed = sum((step) => step.failed);
  const skipped = sum((step) => step.skipped);
  const counts = [`${sum((step) => step.passed)} passed`, `${failed} failed`];
  if (skipped > 0) counts.push(`${skipped} skipped`);
  console.log(`\n${counts.join(', ')}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
