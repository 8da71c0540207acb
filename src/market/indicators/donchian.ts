import type { FieldIo, Walkable } from '../../model/codec.ts';
import { RollingMax } from './rolling-max.ts';

/**
 * Donchian channel: the highest high and the lowest low of the last `period` bars, and `value`, the
 * middle between them. (R. D. Donchian's rule of four weeks, "High finance in copper", Financial
 * Analysts Journal, 1960.) The newest bar is among them: to see whether a bar breaks out, look at
 * the channel before updating it. All NaN until `ready`.
 */
export class Donchian implements Walkable {
  readonly period: number = 1;
  readonly #highs: RollingMax;
  /** Of the lows with the sign turned. */
  readonly #lows: RollingMax;

  constructor(period: number) {
    this.#highs = new RollingMax(period);
    this.#lows = new RollingMax(period);
    this.period = period;
  }

  /** Takes a finished bar. */
  update(high: number, low: number): void {
    this.#highs.update(high);
    this.#lows.update(-low);
  }

  get ready(): boolean {
    return this.#highs.ready;
  }

  get upper(): number {
    return this.#highs.value;
  }

  get lower(): number {
    return -this.#lows.value;
  }

  /** The middle of the channel. */
  get value(): number {
    return (this.upper + this.lower) / 2;
  }

  walk(io: FieldIo): void {
    this.#highs.walk(io);
    this.#lows.walk(io);
  }
}
