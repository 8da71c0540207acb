/** A transaction as far as its place in the log goes. */
export interface Numbered {
  readonly id: string;
}

/** What may wait for a number; the oldest is forgotten beyond it, and asked for again. */
const WAITING_MAX = 256;

/**
 * Puts transactions into the order of the broker's dense log. They come from three sources, the
 * answers to requests, the stream, and reads of the log, in any order and more than once; each is
 * told once, and none before the one it follows. What is missing between is known by the numbers
 * that were heard of, and is for others to read.
 */
export class TransactionFeed<T extends Numbered> {
  readonly #tell: (transaction: T, id: number) => void;
  readonly #pendingMax: number = 0;
  /** By number: those beyond the next. */
  readonly #pending = new Map<number, T>();
  /** Called once the number was told, in the order of numbers. */
  #waiting: { readonly id: number; readonly what: () => void }[] = [];
  #told = 0;
  #heard = 0;
  #isOpen = false;
  #isTelling = false;
  /** Copies that were dropped, for the status. */
  duplicates = 0;

  /** `pendingMax`: what is beyond the next and exceeds it is dropped, to be read again later. */
  constructor(pendingMax: number, tell: (transaction: T, id: number) => void) {
    this.#pendingMax = pendingMax;
    this.#tell = tell;
  }

  /** Number of the last that was told. */
  get told(): number {
    return this.#told;
  }
  /** The largest number that anybody spoke of. */
  get heard(): number {
    return this.#heard;
  }
  get pending(): number {
    return this.#pending.size;
  }
  /** Is there something that was heard of and cannot be told? */
  get isBehind(): boolean {
    return this.#isOpen && this.#told < this.#heard;
  }

  /** Nothing is told until further notice; what comes is kept as far as there is room. */
  shut(): void {
    this.#isOpen = false;
    this.#waiting = [];
  }

  /** Goes on after this number: what it and those before it said is known. */
  open(told: number): void {
    this.#told = told;
    this.#heard = Math.max(this.#heard, told);
    for (const id of this.#pending.keys()) if (id <= told) this.#pending.delete(id);
    this.#isOpen = true;
    this.#drain();
  }

  /** A transaction from whatever source. */
  offer(transaction: T): void {
    const id = Number(transaction.id);
    this.#heard = Math.max(this.#heard, id);
    const isKnown = id <= this.#told || this.#pending.has(id);
    if (isKnown) this.duplicates += 1;
    else if (id === this.#told + 1 || this.#pending.size < this.#pendingMax) {
      this.#pending.set(id, transaction);
    }
    this.#drain();
  }

  /** The log goes at least so far. */
  hear(id: number): void {
    this.#heard = Math.max(this.#heard, id);
  }

  /** Does something once everything through this number was told: now, if it was. */
  after(id: number, what: () => void): void {
    this.hear(id);
    this.#waiting.push({ id, what });
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
    this.#drain();
  }

  #drain(): void {
    // What is told may bring more in: the outer loop takes it.
    if (!this.#isOpen || this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (;;) {
        this.#release();
        const id = this.#told + 1;
        const next = this.#pending.get(id);
        if (next === undefined || !this.#isOpen) return;
        this.#pending.delete(id);
        this.#told = id;
        this.#tell(next, id);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  #release(): void {
    while (this.#isOpen) {
      const at = this.#waiting.findIndex(({ id }) => id <= this.#told);
      if (at < 0) return;
      const [first] = this.#waiting.splice(at, 1);
      first?.what();
    }
  }
}
