import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { OrderTerms } from '../../model/order.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  NO_TIME,
  type OrderHandle,
  type TimeUs,
} from '../../model/units.ts';
import { FifoMap } from './fifo-map.ts';

/** Orders that are remembered within the time; beyond them the oldest is forgotten. */
const REPEATS_MAX = 1000;

/** More instruments than there are. */
const INSTRUMENTS_MAX = 2 ** 20;

interface Made {
  strategy: number;
  instrument: InstrumentIndex;
  /** Signed by the side. */
  quantity: number;
  order: OrderHandle;
  at: TimeUs;
}

/**
 * The last orders by strategy, instrument, side and quantity asked for: the same once more within
 * the time is taken for a repeat (X6). Nothing is kept where that time is 0.
 */
export class Repeats implements Walkable {
  readonly #withinUs: number = 0;
  /** Oldest first. */
  readonly #made = new FifoMap<OrderHandle, Made>();
  /** The last of each kind: by strategy and instrument, then by signed quantity. */
  readonly #last = new Map<number, Map<number, Made>>();

  constructor(withinUs: number) {
    this.#withinUs = withinUs;
  }

  get withinUs(): number {
    return this.#withinUs;
  }

  /** The order that it would repeat, or `undefined`. */
  find(
    strategy: number,
    { instrument, side, quantity }: OrderTerms,
    now: TimeUs,
  ): OrderHandle | undefined {
    const made = this.#last.get(placeOf(strategy, instrument))?.get(side * quantity);
    return made === undefined || this.#isOld(made, now) ? undefined : made.order;
  }

  #isOld({ at }: Made, now: TimeUs): boolean {
    return at + this.#withinUs <= now;
  }

  note(
    strategy: number,
    { instrument, side, quantity }: OrderTerms,
    order: OrderHandle,
    now: TimeUs,
  ): void {
    if (this.#withinUs === 0) return;
    for (;;) {
      const oldest = this.#made.oldest();
      if (oldest === undefined || !this.#isOld(oldest, now)) break;
      this.#forgetOldest();
    }
    this.#add({ strategy, instrument, quantity: side * quantity, order, at: now });
    if (this.#made.size > REPEATS_MAX) this.#forgetOldest();
  }

  #add(made: Made): void {
    this.#made.add(made.order, made);
    const place = placeOf(made.strategy, made.instrument);
    const last = this.#last.get(place);
    if (last === undefined) this.#last.set(place, new Map([[made.quantity, made]]));
    else last.set(made.quantity, made);
  }

  #forgetOldest(): void {
    const made = this.#made.shift();
    if (made === undefined) return;
    const place = placeOf(made.strategy, made.instrument);
    const last = this.#last.get(place);
    // A later one of its kind stays.
    if (last?.get(made.quantity) !== made) return;
    last.delete(made.quantity);
    if (last.size === 0) this.#last.delete(place);
  }

  walk(io: FieldIo): void {
    const blank = (): Made => ({
      strategy: 0,
      instrument: 0 as InstrumentIndex,
      quantity: 0,
      order: NO_ORDER,
      at: NO_TIME,
    });
    const made = io.list('repeats', [...this.#made.values()], blank, (inner, one) => {
      one.strategy = inner.int('strategy', one.strategy);
      one.instrument = inner.int('instrument', one.instrument) as InstrumentIndex;
      one.quantity = inner.int('quantity', one.quantity);
      one.order = inner.int('order', one.order) as OrderHandle;
      one.at = inner.int('at', one.at) as TimeUs;
    });
    if (!io.reading) return;
    this.#made.clear();
    this.#last.clear();
    for (const one of made) this.#add(one);
  }
}

function placeOf(strategy: number, instrument: InstrumentIndex): number {
  return strategy * INSTRUMENTS_MAX + instrument;
}
