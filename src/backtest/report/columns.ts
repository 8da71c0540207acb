/** Numbers that grow, eight bytes each. */
export class NumberColumn {
  #values = new Float64Array(1024);
  #count = 0;

  get length(): number {
    return this.#count;
  }

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const wider = new Float64Array(2 * this.#count);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  /** What is there so far; not a copy. */
  view(): Float64Array {
    return this.#values.subarray(0, this.#count);
  }
}
