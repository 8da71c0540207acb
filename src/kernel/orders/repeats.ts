import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { OrderTerms } from '../../model/order.ts';
import { NO_ORDER, NO_TIME, type OrderHandle, type TimeUs } from '../../model/units.ts';
import { FifoMap } from './fifo-map.ts';

/** Different orders that are remembered within the time; beyond them the oldest is forgotten. */
const REPEATS_MAX = 1000;

interface Made {
  what: string;
  order: OrderHandle;
  at: TimeUs;
}

function nameOf(strategy: number, { instrument, side, quantity }: OrderTerms): string {
  return `${strategy} ${instrument} ${side} ${quantity}`;
}

/**
 * The last orders by strategy, instrument, side and quantity asked for: the same once more within
 * the time is taken for a repeat (X6). Nothing is kept where that time is 0.
 */
export class Repeats implements Walkable {
  readonly #withinUs: number = 0;
  /** Oldest first. */
  readonly #made = new FifoMap<string, Made>();

  constructor(withinUs: number) {
    this.#withinUs = withinUs;
  }

  get withinUs(): number {
    return this.#withinUs;
  }

  /** The order that it would repeat, or `undefined`. */
  find(strategy: number, terms: OrderTerms, now: TimeUs): OrderHandle | undefined {
    const made = this.#made.get(nameOf(strategy, terms));
    return made === undefined || this.#isOld(made, now) ? undefined : made.order;
  }

  #isOld({ at }: Made, now: TimeUs): boolean {
    return at + this.#withinUs <= now;
  }

  note(strategy: number, terms: OrderTerms, order: OrderHandle, now: TimeUs): void {
    if (this.#withinUs === 0) return;
    for (;;) {
      const oldest = this.#made.oldest();
      if (oldest === undefined || !this.#isOld(oldest, now)) break;
      this.#made.shift();
    }
    const what = nameOf(strategy, terms);
    this.#made.delete(what);
    this.#made.add(what, { what, order, at: now });
    if (this.#made.size > REPEATS_MAX) this.#made.shift();
  }

  walk(io: FieldIo): void {
    const blank = (): Made => ({ what: '', order: NO_ORDER, at: NO_TIME });
    const made = io.list('repeats', [...this.#made.values()], blank, (inner, one) => {
      one.what = inner.text('what', one.what);
      one.order = inner.int('order', one.order) as OrderHandle;
      one.at = inner.int('at', one.at) as TimeUs;
    });
    if (!io.reading) return;
    this.#made.clear();
    for (const one of made) this.#made.add(one.what, one);
  }
}
