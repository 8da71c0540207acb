import { assert, present } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { TimeUs } from '../../model/units.ts';
import type { StrategyBinding } from '../config.ts';
import type { Strategy, TimerView } from './api.ts';
import { callbackGuard, StrategyError } from './guard.ts';
import { parsePlain, plainText } from './plain-data.ts';

const TIMERS_MAX = 1000;

interface Timer {
  name: string;
  due: TimeUs;
  /** In the order of setting, within one life of the slot. */
  set: number;
}

/** One running strategy with all that belongs to its state. */
export class StrategySlot implements Walkable {
  readonly index: number = 0;
  readonly binding: StrategyBinding;
  readonly strategy: Strategy;
  /** Indicators and random sources, in the order in which the strategy asked for them. */
  readonly #parts: readonly Walkable[];
  #timers: Timer[] = [];
  #timersSet = 0;
  started = false;

  constructor(
    index: number,
    binding: StrategyBinding,
    strategy: Strategy,
    parts: readonly Walkable[],
  ) {
    this.index = index;
    this.binding = binding;
    this.strategy = strategy;
    this.#parts = parts;
  }

  /** Runs a callback with the traps armed; what it throws names the strategy and the callback. */
  run(callback: string, body: () => unknown): void {
    callbackGuard.active = true;
    try {
      this.refuseResult(callback, body());
    } catch (cause) {
      throw this.failure(callback, cause);
    } finally {
      callbackGuard.active = false;
    }
  }

  /** A callback returns nothing; above all it is not `async`. */
  refuseResult(callback: string, result: unknown): void {
    if (result !== undefined) {
      throw new StrategyError(`${callback} returned a value; callbacks are synchronous`);
    }
  }

  failure(callback: string, cause: unknown): Error {
    const message = cause instanceof Error ? cause.message : String(cause);
    return new StrategyError(`strategy ${this.binding.id}, ${callback}: ${message}`, { cause });
  }

  setTimer(name: string, due: TimeUs): void {
    this.cancelTimer(name);
    assert(this.#timers.length < TIMERS_MAX, `more than ${TIMERS_MAX} timers`);
    let at = this.#timers.length;
    while (at > 0 && present(this.#timers[at - 1], 'timer').due > due) at -= 1;
    this.#timersSet += 1;
    this.#timers.splice(at, 0, { name, due, set: this.#timersSet });
  }

  cancelTimer(name: string): void {
    this.#timers = this.#timers.filter((timer) => timer.name !== name);
  }

  /** When the earliest timer is due; Infinity when there is none. */
  get timerDue(): number {
    return this.#timers[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** How many timers were set so far: what is set later waits for the next boundary. */
  get timersSet(): number {
    return this.#timersSet;
  }

  /** Takes the earliest timer that is due at `now` and was among the first `among` set, if any. */
  takeTimer(now: TimeUs, among: number): TimerView | undefined {
    const at = this.#timers.findIndex(({ due, set }) => due <= now && set <= among);
    if (at < 0) return undefined;
    const [timer] = this.#timers.splice(at, 1);
    return timer === undefined ? undefined : { name: timer.name, due: timer.due };
  }

  walk(io: FieldIo): void {
    this.started = io.bool('started', this.started);
    this.#timers = io.list(
      'timers',
      this.#timers,
      () => ({ name: '', due: 0 as TimeUs, set: 0 }),
      (inner, timer) => {
        timer.name = inner.text('name', timer.name);
        timer.due = inner.int('due', timer.due) as TimeUs;
      },
    );
    for (const part of this.#parts) part.walk(io);
    const { version } = this.binding.definition;
    const saved = io.u32('version', version);
    if (io.reading && saved !== version) {
      throw new StrategyError(
        `strategy ${this.binding.id}: saved by version ${saved}, this is version ${version}`,
      );
    }
    this.#walkOwn(io);
  }

  #walkOwn(io: FieldIo): void {
    const { strategy } = this;
    const text = io.reading ? '' : plainText(strategy.save?.() ?? null);
    const saved = io.text('state', text);
    if (!io.reading || strategy.restore === undefined) return;
    try {
      strategy.restore(parsePlain(saved));
    } catch (cause) {
      throw this.failure('restore', cause);
    }
  }
}
