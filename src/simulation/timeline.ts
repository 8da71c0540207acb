import { present } from '../model/assert.ts';

interface Event {
  readonly at: number;
  readonly number: number;
  readonly what: () => void;
}

/** Virtual time: what happens, ordered by time and, at one time, by the order it was set off in. */
export class Timeline {
  /** A binary heap. */
  readonly #events: Event[] = [];
  #numbered = 0;
  #now = 0;

  constructor(start: number) {
    this.#now = start;
  }

  /** µs. */
  get now(): number {
    return this.#now;
  }
  /** When the next event is due; Infinity when nothing waits. */
  get next(): number {
    return this.#events[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  after(delayUs: number, what: () => void): void {
    const event = {
      at: this.#now + Math.max(0, Math.round(delayUs)),
      number: this.#numbered,
      what,
    };
    this.#numbered += 1;
    const heap = this.#events;
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const above = present(heap[up], 'event');
      if (!isBefore(event, above)) break;
      heap[i] = above;
      i = up;
    }
    heap[i] = event;
  }

  /** Goes to a time at which nothing is due before. */
  advance(to: number): void {
    if (to > this.#now) this.#now = to;
  }

  /** Goes to the next event and lets it happen. */
  step(): void {
    const heap = this.#events;
    const first = present(heap[0], 'event');
    const last = present(heap.pop(), 'event');
    if (heap.length > 0) sink(heap, last);
    this.advance(first.at);
    first.what();
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}

/** Puts an event at the top and lets it sink to its place. */
function sink(heap: Event[], event: Event): void {
  let i = 0;
  for (;;) {
    const left = 2 * i + 1;
    const a = heap[left];
    const b = heap[left + 1];
    const below = b !== undefined && a !== undefined && isBefore(b, a) ? b : a;
    if (below === undefined || isBefore(event, below)) break;
    heap[i] = below;
    i = below === a ? left : left + 1;
  }
  heap[i] = event;
}
