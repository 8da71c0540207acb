import { CodecError, type FieldIo, type Walkable } from '../../model/codec.ts';
import { checkPeriod, walkValue } from './period.ts';

/**
 * Largest of the last `period` values: a queue of the values that may still become the largest,
 * each smaller than the one before it (D. Lemire, "Streaming maximum-minimum filter using no more
 * than three comparisons per element", 2006). Each value enters and leaves once: amortised O(1).
 */
export class RollingMax implements Walkable {
  readonly period: number = 1;
  /** The queue, in a ring: values, and the number of the update in which each came. */
  readonly #values: Float64Array;
  readonly #numbers: Float64Array;
  #head = 0;
  #length = 0;
  #updates = 0;

  constructor(period: number) {
    checkPeriod(period);
    this.period = period;
    this.#values = new Float64Array(period);
    this.#numbers = new Float64Array(period);
  }

  #at(place: number): number {
    const slot = this.#head + place;
    return slot < this.period ? slot : slot - this.period;
  }

  update(value: number): void {
    this.#updates += 1;
    if (this.#length > 0 && (this.#numbers[this.#head] as number) <= this.#updates - this.period) {
      this.#head = this.#at(1);
      this.#length -= 1;
    }
    while (this.#length > 0 && (this.#values[this.#at(this.#length - 1)] as number) <= value) {
      this.#length -= 1;
    }
    const slot = this.#at(this.#length);
    this.#values[slot] = value;
    this.#numbers[slot] = this.#updates;
    this.#length += 1;
  }

  get ready(): boolean {
    return this.#updates >= this.period;
  }

  get value(): number {
    return this.#updates >= this.period ? (this.#values[this.#head] as number) : Number.NaN;
  }

  walk(io: FieldIo): void {
    const places = Array.from({ length: this.#length }, (_, place) => this.#at(place));
    const pick = (from: Float64Array): number[] => places.map((slot) => from[slot] as number);
    this.#updates = io.int('updates', this.#updates);
    const values = io.scalars('values', pick(this.#values), 0, walkValue);
    const numbers = io.scalars('numbers', pick(this.#numbers), 0, (inner, one) =>
      inner.int('number', one),
    );
    const oldest = numbers[0] ?? this.#updates;
    const fits = values.length <= this.period && values.length === numbers.length;
    if (!fits || oldest <= this.#updates - this.period) {
      throw new CodecError('rolling maximum: of another period');
    }
    if (!io.reading) return;
    this.#values.set(values);
    this.#numbers.set(numbers);
    this.#head = 0;
    this.#length = values.length;
  }
}
