import type { Side } from '../../model/order.ts';
import type { Quantity } from '../../model/units.ts';
import { ChangeLog } from './change-log.ts';

// Fields of an instrument, side by side in one array.
const BUY_QUANTITY = 0;
const SELL_QUANTITY = 1;
const BUY_VALUE = 2;
const SELL_VALUE = 3;
const VERSION = 4;
const STRIDE = 5;

/**
 * What open orders could still fill, by instrument and side: quantity, and value at the price that
 * each is reserved at, in value units (X17). Kept by the order store as orders change; exact.
 */
export class Reservations {
  readonly #fields: Float64Array;
  readonly changes = new ChangeLog();
  /** The part of a value that a safe integer could not hold, by instrument and side. */
  readonly #beyond = new Map<number, bigint>();

  constructor(instruments: number) {
    this.#fields = new Float64Array(instruments * STRIDE);
  }

  /** Adds what an order could fill, or with a negative quantity takes it away. */
  count(k: number, side: Side, quantity: number, price: number): void {
    const fields = this.#fields;
    const at = k * STRIDE + (side > 0 ? 0 : 1);
    fields[at] = (fields[at] as number) + quantity;
    const product = quantity * price;
    const value = (fields[at + BUY_VALUE] as number) + product;
    if (Number.isSafeInteger(product) && Number.isSafeInteger(value)) {
      fields[at + BUY_VALUE] = value;
    } else {
      const key = 2 * k + (side > 0 ? 0 : 1);
      const exact = BigInt(quantity) * BigInt(price);
      this.#beyond.set(key, (this.#beyond.get(key) ?? 0n) + exact);
    }
    if (quantity === 0) return;
    const from = k * STRIDE;
    fields[from + VERSION] = (fields[from + VERSION] as number) + 1;
    this.changes.note(k);
  }

  quantity(k: number, side: Side): Quantity {
    const slot = side > 0 ? BUY_QUANTITY : SELL_QUANTITY;
    return this.#fields[k * STRIDE + slot] as Quantity;
  }

  /** Value units, exact. */
  exactValue(k: number, side: Side): bigint {
    const slot = side > 0 ? BUY_VALUE : SELL_VALUE;
    const beyond = this.#beyond.get(2 * k + (side > 0 ? 0 : 1)) ?? 0n;
    return BigInt(this.#fields[k * STRIDE + slot] as number) + beyond;
  }

  /** The same as a number; NaN where a safe integer does not hold it. */
  value(k: number, side: Side): number {
    if (this.#beyond.size !== 0 && this.#beyond.get(2 * k + (side > 0 ? 0 : 1))) return Number.NaN;
    return this.#fields[k * STRIDE + (side > 0 ? BUY_VALUE : SELL_VALUE)] as number;
  }

  /** Changes whenever the sums of the instrument do. */
  version(k: number): number {
    return this.#fields[k * STRIDE + VERSION] as number;
  }

  /** Forgets all, to be counted anew. */
  clear(): void {
    for (let at = 0; at < this.#fields.length; at++) {
      if (at % STRIDE !== VERSION) this.#fields[at] = 0;
    }
    this.#beyond.clear();
  }
}
