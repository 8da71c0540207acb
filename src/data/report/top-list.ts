/** The `room` items of largest weight, largest first; of equal ones those that came first. */
export class TopList<T> {
  readonly #room: number = 0;
  readonly #items: { readonly weight: number; readonly item: T }[] = [];

  constructor(room: number) {
    this.#room = room;
  }

  /** An item must weigh more than this to be taken; then it may be worth making one. */
  get threshold(): number {
    if (this.#items.length < this.#room) return 0;
    return this.#items.at(-1)?.weight ?? 0;
  }

  add(weight: number, item: T): void {
    if (weight <= this.threshold) return;
    const at = this.#items.findIndex((one) => one.weight < weight);
    this.#items.splice(at < 0 ? this.#items.length : at, 0, { weight, item });
    if (this.#items.length > this.#room) this.#items.pop();
  }

  get items(): readonly T[] {
    return this.#items.map(({ item }) => item);
  }
}
