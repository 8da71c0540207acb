import { assert } from '../model/assert.ts';

declare const ISSUED: unique symbol;

/**
 * Proof that everything up to frame `through` is durable. Only a journal issues one, and nothing
 * that leaves the process is handed over without it.
 */
export interface DurableToken {
  readonly through: number;
  readonly [ISSUED]: true;
}

/** For implementations of `Journal`: called after the sync has returned, never before. */
export function issueDurableToken(through: number): DurableToken {
  return Object.freeze({ through }) as unknown as DurableToken;
}

/** Something that may only be acted on once frame `needs` is durable. */
export class Sealed<T> {
  readonly #value: T;
  readonly #needs: number = 0;

  constructor(value: T, needs: number) {
    this.#value = value;
    this.#needs = needs;
  }

  /** The value, against proof. A token that does not reach far enough is a bug. */
  open(token: DurableToken): T {
    assert(token.through >= this.#needs, `durable through ${token.through}, needs ${this.#needs}`);
    return this.#value;
  }
}
