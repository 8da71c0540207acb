/**
 * Runs the test files given as arguments in this one process and tells its parent about every
 * event. A process of its own, because a test may hang in a loop, exit or crash, and somebody must
 * be left to say so.
 */
import { relative } from 'node:path';
import { run } from 'node:test';
import { inspect } from 'node:util';
import type { ChildOptions, TestMessage } from './messages.ts';

const IDLE_TICK_MS = 250;

/** The part of a test event that names the test. */
interface TestEventData {
  readonly name: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly testId?: number;
  readonly parentId?: number;
}

interface TestEndData extends TestEventData {
  readonly skip?: string | boolean | undefined;
  readonly todo?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined; readonly error?: Error };
}

const [optionsText = '{}', ...files] = process.argv.slice(2);
const options = JSON.parse(optionsText) as ChildOptions;
const names = new Map<number, string>();
const running = new Set<number>();
let events = 0;
let finished = false;

function send(message: TestMessage, sent?: () => void): void {
  process.send?.(message, undefined, undefined, sent);
}

/** `src/model/decimal.test.ts:12 › suite › test`, for people and for an editor's link. */
function titleOf(event: TestEventData): string {
  const parent = names.get(event.parentId ?? 0);
  const chain = parent === undefined ? event.name : `${parent} › ${event.name}`;
  if (event.testId !== undefined) names.set(event.testId, chain);
  const file = event.file === undefined ? '' : relative(process.cwd(), event.file);
  return isFileItself(event) ? file : `${file}:${event.line ?? 0} › ${chain}`;
}

/** The runner makes a test of a file that registers none, or that fails while it is loaded. */
function isFileItself(event: TestEventData): boolean {
  return event.name === event.file;
}

function isSet(mark: string | boolean | undefined): boolean {
  return mark !== undefined && mark !== false;
}

/** The error that the test threw, without the runner's wrapper. */
function errorText(error: Error | undefined): string {
  const wrapped = error !== undefined && 'failureType' in error && error.cause !== undefined;
  return inspect(wrapped ? error.cause : error, { depth: 6 });
}

function onPass(event: TestEndData): void {
  if (event.details.type === 'suite') return;
  if (isFileItself(event)) {
    send({ kind: 'failed', title: titleOf(event), error: 'the file registers no test' });
  } else {
    send({ kind: isSet(event.skip) || isSet(event.todo) ? 'skipped' : 'passed' });
  }
}

function onFail(event: TestEndData): void {
  const { error } = event.details;
  // A parent that fails only because of its children is not a second failure.
  if (error !== undefined && 'failureType' in error && error.failureType === 'subtestsFailed') {
    return;
  }
  if (isSet(event.todo)) send({ kind: 'skipped' });
  else send({ kind: 'failed', title: titleOf(event), error: errorText(error) });
}

/**
 * The runner waits for ever when a test leaves a server or a timer behind. Counted in ticks of a
 * timer, not in time, so that one long synchronous stretch is not mistaken for idleness.
 */
function watchForLeftOpen(): void {
  let idleTicks = 0;
  let seen = 0;
  const tick = () => {
    idleTicks =
      running.size === 0 && events === seen && events > 0 && !finished ? idleTicks + 1 : 0;
    seen = events;
    if (idleTicks * IDLE_TICK_MS < options.idleMs) return;
    finished = true;
    const resources = process.getActiveResourcesInfo();
    send({ kind: 'left-open', resources }, () => process.exit(1));
  };
  setInterval(tick, IDLE_TICK_MS).unref();
}

// The watcher went away: nobody is left to report to.
process.on('disconnect', () => process.exit(1));
process.channel?.unref();

watchForLeftOpen();
const stream = run({ files, isolation: 'none', timeout: options.testTimeoutMs });
stream.on('test:dequeue', (event: TestEventData) => {
  events += 1;
  running.add(event.testId ?? 0);
  send({ kind: 'started', id: event.testId ?? 0, title: titleOf(event) });
});
stream.on('test:complete', (event: TestEventData) => {
  events += 1;
  running.delete(event.testId ?? 0);
  send({ kind: 'ended', id: event.testId ?? 0 });
});
stream.on('test:pass', onPass);
stream.on('test:fail', onFail);
stream.on('test:diagnostic', (event) => {
  // The only notice of an error that a test throws after it has ended.
  if (!event.message.startsWith('Error: ')) return;
  send({ kind: 'failed', title: 'after a test ended', error: event.message.slice(7) });
});
stream.on('test:summary', () => {
  finished = true;
  send({ kind: 'done' });
});
stream.resume();
