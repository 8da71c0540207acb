import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { callbackGuard, StrategyError } from '../kernel/strategy/guard.ts';

/**
 * What a strategy decides must follow from its inputs alone. While one of its callbacks runs,
 * everything that reads a clock, draws randomness, waits, asks the network, or depends on the time
 * zone or the language of the machine throws `StrategyError`; at any other time it works as ever.
 * What is a function of its arguments stays: `new Date(ms)`, `Date.UTC`, `getUTC…`, `toISOString`.
 *
 * It keeps honest code honest; it is no wall against code that means harm. Files, sockets and child
 * processes are not watched (to look at `WebSocket` alone would load the HTTP client, 40 ms).
 */

type AnyFunction = (...args: unknown[]) => unknown;

const CLOCK = 'the time is context.time';
const RANDOM = 'randomness is setup.random()';
const TIMER = 'timers are context.setTimer()';
const NETWORK = 'a strategy has no network';
const LOCAL = 'it depends on the time zone or language of the machine';

function refuse(name: string, instead: string): void {
  if (!callbackGuard.active) return;
  throw new StrategyError(`${name} is not for strategies: ${instead}`);
}

/** Puts a wrapper in the function's place that keeps what hangs on the function. */
function trapFunction(owner: object, name: string, label: string, instead: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const original: unknown = descriptor?.value ?? Reflect.get(owner, name);
  // `getRandomValues` of node:crypto is fixed, and hands out what stands in `Crypto.prototype`.
  if (descriptor?.configurable !== true || typeof original !== 'function') return;
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    refuse(label, instead);
    return Reflect.apply(original as AnyFunction, this, args);
  };
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  const { enumerable = true } = descriptor;
  Object.defineProperty(owner, name, {
    value: wrapper,
    enumerable,
    writable: true,
    configurable: true,
  });
}

function trapAll(owner: object, prefix: string, names: readonly string[], instead: string): void {
  for (const name of names) trapFunction(owner, name, `${prefix}${name}`, instead);
}

/** Replaces a global constructor; `isPure` says which arguments leave nothing to the machine. */
function trapConstructor(
  owner: object,
  name: string,
  label: string,
  instead: string,
  isPure: (args: readonly unknown[]) => boolean,
): void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') return;
  const proxy = new Proxy(original, {
    construct(target, args: unknown[], newTarget) {
      if (!isPure(args)) refuse(`new ${label}`, instead);
      return Reflect.construct(target, args, newTarget);
    },
    apply(target, self: unknown, args: unknown[]) {
      refuse(`${label}()`, instead);
      return Reflect.apply(target as AnyFunction, self, args);
    },
  });
  Object.defineProperty(owner, name, {
    value: proxy,
    enumerable: false,
    writable: true,
    configurable: true,
  });
  // Else any instance would lead back to the constructor that is not trapped.
  const prototype: unknown = Reflect.get(original, 'prototype');
  if (typeof prototype === 'object' && prototype !== null) {
    Object.defineProperty(prototype, 'constructor', { value: proxy });
  }
}

/** One number is a moment; texts, parts of a date and nothing at all need zone or clock. */
function isMoment(args: readonly unknown[]): boolean {
  return args.length === 1 && typeof args[0] === 'number';
}

const LOCAL_DATE_METHOD = /^(get(?!UTC|Time$)|set(?!UTC|Time$)|to(String|Date|Time|Locale))/;

function trapDates(): void {
  const methods = Object.getOwnPropertyNames(Date.prototype).filter((name) =>
    LOCAL_DATE_METHOD.test(name),
  );
  trapAll(Date.prototype, 'Date.', methods, LOCAL);
  trapAll(Date, 'Date.', ['now'], CLOCK);
  trapAll(Date, 'Date.', ['parse'], LOCAL);
  trapConstructor(globalThis, 'Date', 'Date', CLOCK, isMoment);
  const now = Object.getOwnPropertyNames(Temporal.Now);
  trapAll(Temporal.Now, 'Temporal.Now.', now, CLOCK);
  trapAll(Performance.prototype, 'performance.', ['now'], CLOCK);
  trapAll(process, 'process.', ['hrtime', 'uptime'], CLOCK);
  trapAll(process.hrtime, 'process.hrtime.', ['bigint'], CLOCK);
}

const CRYPTO_SOURCES = [
  'randomBytes',
  'pseudoRandomBytes',
  'prng',
  'rng',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'randomUUIDv7',
  'getRandomValues',
];

function trapRandomness(): void {
  trapAll(Math, 'Math.', ['random'], RANDOM);
  trapAll(Crypto.prototype, 'crypto.', CRYPTO_SOURCES, RANDOM);
  trapAll(crypto, 'crypto.', CRYPTO_SOURCES, RANDOM);
}

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];

function trapWaiting(): void {
  trapAll(globalThis, '', [...TIMERS, 'queueMicrotask'], TIMER);
  trapAll(timers, '', TIMERS, TIMER);
  trapAll(timersPromises, '', TIMERS, TIMER);
  trapAll(process, 'process.', ['nextTick'], TIMER);
  trapAll(globalThis, '', ['fetch'], NETWORK);
}

function trapLanguage(): void {
  trapAll(Number.prototype, 'Number.', ['toLocaleString'], LOCAL);
  trapAll(BigInt.prototype, 'BigInt.', ['toLocaleString'], LOCAL);
  trapAll(Array.prototype, 'Array.', ['toLocaleString'], LOCAL);
  const text = ['localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase'];
  trapAll(String.prototype, 'String.', text, LOCAL);
  for (const name of Object.getOwnPropertyNames(Intl)) {
    if (/^[A-Z]/.test(name)) trapConstructor(Intl, name, `Intl.${name}`, LOCAL, () => false);
  }
}

let installed = false;

/**
 * Sets the traps, once for the process. To be called before a strategy's module is imported: what
 * it takes hold of at import is then trapped too. Threads of workers have traps of their own.
 */
export function installSandbox(): void {
  if (installed) return;
  installed = true;
  trapDates();
  trapRandomness();
  trapWaiting();
  trapLanguage();
  // Named imports of `node:crypto` and `node:timers` follow the objects only when told to.
  syncBuiltinESMExports();
}
