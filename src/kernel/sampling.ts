import type { FieldIo, Walkable } from '../model/codec.ts';
import { walkDue } from './orders/doubts.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** When the equity curve is sampled. A part of the book: it changes by inputs alone. */
export class Sampling implements Walkable {
  readonly #intervalUs: number = 0;
  /** When the next sample is due, engine time; Infinity before the first start. */
  due: number = NEVER;
  #quotesAtLast = 0;
  #wanted = false;

  constructor(intervalUs: number) {
    this.#intervalUs = intervalUs;
  }

  /** The engine starts: sampling begins, or goes on. */
  start(now: number): void {
    if (this.due === NEVER) this.#plan(now);
  }

  /**
   * Is a sample to be taken at the boundary in force? Without a quote since the last one it would
   * only repeat it.
   */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** A boundary: what is due is planned anew. */
  pass(now: number, quotes: number): void {
    this.#wanted = this.due <= now && quotes !== this.#quotesAtLast;
    if (this.due > now) return;
    this.#plan(now);
    this.#quotesAtLast = quotes;
  }

  #plan(now: number): void {
    this.due = (Math.floor(now / this.#intervalUs) + 1) * this.#intervalUs;
  }

  walk(io: FieldIo): void {
    this.due = walkDue(io, 'sampleDue', this.due);
    this.#quotesAtLast = io.int('quotesAtSample', this.#quotesAtLast);
  }
}
