import assert from 'node:assert/strict';
import { randomUUID as importedUuid, getRandomValues as importedValues } from 'node:crypto';
import { describe, it } from 'node:test';
import { setImmediate as importedImmediate } from 'node:timers';
import { promisify } from 'node:util';
import { callbackGuard, StrategyError } from '../kernel/strategy/guard.ts';
import { installSandbox } from './sandbox.ts';

/** Runs as a strategy's callback does. */
function asStrategy<T>(body: () => T): T {
  callbackGuard.active = true;
  try {
    return body();
  } finally {
    callbackGuard.active = false;
  }
}

const REFUSED: Readonly<Record<string, () => unknown>> = {
  'new Date()': () => new Date(),
  'new Date of parts': () => new Date(2024, 0, 1),
  'new Date of text': () => new Date('2024-01-01T00:00:00'),
  'Date()': () => Date(),
  'Date.now': () => Date.now(),
  'Date.parse': () => Date.parse('2024-01-01'),
  'the constructor of a date': () => Reflect.construct(new Date(0).constructor, []),
  'local hours': () => new Date(0).getHours(),
  'the local zone': () => new Date(0).getTimezoneOffset(),
  'a local date as text': () => new Date(0).toString(),
  'Temporal.Now.instant': () => Temporal.Now.instant(),
  'Temporal.Now.timeZoneId': () => Temporal.Now.timeZoneId(),
  'performance.now': () => performance.now(),
  'process.hrtime': () => process.hrtime(),
  'process.hrtime.bigint': () => process.hrtime.bigint(),
  'process.uptime': () => process.uptime(),
  'Math.random': () => Math.random(),
  'crypto.randomUUID': () => crypto.randomUUID(),
  'crypto.getRandomValues': () => crypto.getRandomValues(new Uint8Array(1)),
  'randomUUID of node:crypto': () => importedUuid(),
  'getRandomValues of node:crypto': () => importedValues(new Uint8Array(1)),
  setTimeout: () => setTimeout(() => undefined, 0),
  setInterval: () => setInterval(() => undefined, 1000),
  setImmediate: () => setImmediate(() => undefined),
  'setImmediate of node:timers': () => importedImmediate(() => undefined),
  queueMicrotask: () => queueMicrotask(() => undefined),
  'process.nextTick': () => process.nextTick(() => undefined),
  fetch: () => fetch('http://127.0.0.1:1'),
  'a number in the local language': () => (1.5).toLocaleString(),
  'order in the local language': () => 'a'.localeCompare('b'),
  'Intl.NumberFormat': () => new Intl.NumberFormat(),
  'Intl.DateTimeFormat as a function': () => Intl.DateTimeFormat(),
};

describe('the sandbox', () => {
  installSandbox();

  for (const [name, attempt] of Object.entries(REFUSED)) {
    it(`refuses ${name} in a callback`, () => {
      assert.throws(() => asStrategy(attempt), StrategyError);
    });
  }

  it('lets everything work outside of callbacks', async () => {
    const before = Date.now();
    const later = new Date();
    assert.ok(later.getTime() >= before);
    assert.equal(typeof Date(), 'string');
    assert.ok(new Date() instanceof Date);
    assert.equal(new Date(2024, 0, 1).getMonth(), 0);
    assert.ok(performance.now() > 0);
    assert.ok(process.hrtime.bigint() > 0n);
    assert.equal(process.hrtime().length, 2);
    assert.ok(Math.random() < 1);
    assert.match(crypto.randomUUID(), /^[0-9a-f-]{36}$/);
    assert.match(importedUuid(), /^[0-9a-f-]{36}$/);
    assert.ok(Temporal.Now.instant().epochMilliseconds >= before);
    assert.equal(new Intl.NumberFormat('en-US').format(1000), '1,000');
    assert.equal((1000).toLocaleString('en-US'), '1,000');
    assert.equal(await promisify(setTimeout)(1, 'after'), 'after');
    await new Promise((resolve) => setImmediate(resolve));
    clearTimeout(setTimeout(() => assert.fail('cleared'), 1));
  });

  it('lets classes extend Date as ever', () => {
    class Day extends Date {
      name(): string {
        return this.toISOString().slice(0, 10);
      }
    }
    const day = new Day(86_400_000);
    assert.equal(day.name(), '1970-01-02');
    assert.ok(day instanceof Date);
  });

  it('leaves a callback what follows from its arguments alone', () => {
    const text = asStrategy(() => {
      const date = new Date(1_704_067_200_000);
      const instant = Temporal.Instant.fromEpochMilliseconds(date.getTime());
      return `${date.toISOString()} ${date.getUTCHours()} ${Date.UTC(2024, 0, 1)} ${instant}`;
    });
    assert.equal(text, '2024-01-01T00:00:00.000Z 0 1704067200000 2024-01-01T00:00:00Z');
  });

  it('is set once, however often it is asked for', () => {
    const { now } = Date;
    installSandbox();
    assert.equal(Date.now, now);
  });

  it('traps what a module took hold of when it was imported', async () => {
    const source = `
      const { now } = Date;
      const D = Date;
      const { random } = Math;
      const wait = setTimeout;
      const clock = performance.now.bind(performance);
      const calls = [() => now(), () => new D(), () => random(), () => wait(() => 1, 1)];
      export const attempts = [...calls, clock];`;
    const url = `data:text/javascript,${encodeURIComponent(source)}`;
    const module: { attempts: (() => unknown)[] } = await import(url);
    assert.equal(module.attempts.length, 5);
    for (const attempt of module.attempts) assert.throws(() => asStrategy(attempt), StrategyError);
  });
});
