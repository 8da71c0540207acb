import type {
  OrderName,
  Outcome,
  RescueOrder,
  RescuePort,
  RescuePosition,
  RescueView,
} from '../../venues/rescue-port.ts';
import { RescueUnreachableError } from '../../venues/rescue-port.ts';

/** What is to be rescued. */
export interface RescueRequest {
  readonly action: 'cancel' | 'flatten';
  /** Orders with this prefix of client order ids; `undefined` for every one in the account. */
  readonly prefix: string | undefined;
  /** Instruments as the venue names them; empty for all. */
  readonly symbols: readonly string[];
  /** Cancels stops and targets as well. A flatten does so by itself, once flat. */
  readonly protection: boolean;
}

/** What a rescue needs of its surroundings. */
export interface RescueParts {
  readonly port: RescuePort;
  /** The next client order id; none is used twice. */
  readonly nextId: () => string;
  /** Notes a step durably: before a request goes out, and what became of it. */
  readonly note: (step: RescueStep) => void;
  readonly wait: (ms: number) => Promise<void>;
}

/** A step of a rescue, as it stands in its log. */
export type RescueStep =
  | { readonly step: 'cancel'; readonly order: string; readonly text: string }
  | { readonly step: 'reduce'; readonly clientOrderId: string; readonly text: string }
  | { readonly step: 'outcome'; readonly of: string; readonly outcome: Outcome }
  | { readonly step: 'left'; readonly order: string; readonly text: string }
  | { readonly step: 'unreadable'; readonly text: string };

/** What became of one order or one closing order. */
export interface RescueItem {
  /** Id of the order at the venue, or the client order id of ours. */
  readonly of: string;
  readonly text: string;
  readonly outcome: Outcome;
}

/** What a rescue came to. */
export interface RescueResult {
  readonly items: readonly RescueItem[];
  /** What was held and waited at the last look; `undefined` where the venue could not be read. */
  readonly last: RescueView | undefined;
  /** Nothing is refused, unknown or left, by a look after the last answer. */
  readonly proven: boolean;
}

/** Closing orders for one instrument and side at most, each after the one before is resolved. */
const ROUNDS_MAX = 5;
const LOOKS_MAX = 3;
const PAUSE_MS = 1000;

function sideKey({ symbol, side }: RescuePosition): string {
  return `${symbol} ${side}`;
}

class Rescue {
  readonly #parts: RescueParts;
  readonly #request: RescueRequest;
  readonly #items: RescueItem[] = [];
  /** Sides whose last closing order is not resolved: no other goes out for them (X22). */
  readonly #unresolved = new Set<string>();

  constructor(parts: RescueParts, request: RescueRequest) {
    this.#parts = parts;
    this.#request = request;
  }

  async run(): Promise<RescueResult> {
    let last: RescueView | undefined;
    try {
      const { action, protection } = this.#request;
      const flattens = action === 'flatten';
      const first = await this.#look();
      await this.#cancel(first, ({ protective }) => !protective || (protection && !flattens));
      if (flattens) {
        await this.#close();
        const flat = await this.#look();
        // Protection stays wherever something is still held (X22).
        const held = new Set(flat.positions.map(({ symbol }) => symbol));
        await this.#cancel(flat, ({ symbol }) => !held.has(symbol));
      }
      last = await this.#look();
    } catch (error) {
      if (!(error instanceof RescueUnreachableError)) throw error;
      this.#parts.note({ step: 'unreadable', text: error.message });
    }
    return { items: this.#items, last, proven: this.#isProven(last) };
  }

  #isProven(last: RescueView | undefined): boolean {
    if (last === undefined) return false;
    if (this.#items.some(({ outcome }) => outcome.kind === 'unknown')) return false;
    const { action, protection } = this.#request;
    const flattens = action === 'flatten';
    const waiting = last.orders.some(
      (order) => this.#isMeant(order) && (flattens || protection || !order.protective),
    );
    return !waiting && !(flattens && this.#held(last).length > 0);
  }

  #held({ positions }: RescueView): readonly RescuePosition[] {
    const { symbols } = this.#request;
    return positions.filter(({ symbol }) => symbols.length === 0 || symbols.includes(symbol));
  }

  /** Foreign orders are left alone unless all are meant (X24). */
  #isMeant({ symbol, clientOrderId }: RescueOrder): boolean {
    const { prefix, symbols } = this.#request;
    if (symbols.length > 0 && !symbols.includes(symbol)) return false;
    return prefix === undefined || (clientOrderId !== '' && clientOrderId.startsWith(prefix));
  }

  /** Looking changes nothing: it may be tried again. */
  async #look(): Promise<RescueView> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#parts.port.look();
      } catch (error) {
        if (!(error instanceof RescueUnreachableError) || tries === LOOKS_MAX) throw error;
        await this.#parts.wait(PAUSE_MS);
      }
    }
  }

  async #cancel(view: RescueView, isDue: (order: RescueOrder) => boolean): Promise<void> {
    const { port, note } = this.#parts;
    for (const order of view.orders) {
      const { id, text } = order;
      if (!isDue(order)) continue;
      if (!this.#isMeant(order)) {
        note({ step: 'left', order: id, text });
        continue;
      }
      note({ step: 'cancel', order: id, text });
      await this.#settle(id, text, view.cursor, { id }, () => port.cancel(id));
    }
  }

  /** Sends, and where the answer says nothing reads the log, once now and once later (X11). */
  async #settle(
    of: string,
    text: string,
    cursor: string,
    name: OrderName,
    send: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const { port, note, wait } = this.#parts;
    let outcome = await send();
    note({ step: 'outcome', of, outcome });
    for (let tries = 0; outcome.kind === 'unknown' && tries < 2; tries++) {
      if (tries > 0) await wait(PAUSE_MS);
      const read = await port.readEnd(cursor, name);
      if (read.kind === 'unknown') continue;
      outcome = read;
      note({ step: 'outcome', of, outcome });
    }
    this.#items.push({ of, text, outcome });
    return outcome;
  }

  async #close(): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const view = await this.#look();
      const due = this.#held(view).filter((one) => !this.#unresolved.has(sideKey(one)));
      if (due.length === 0) return;
      if (round > 0) await this.#parts.wait(PAUSE_MS);
      for (const position of due) await this.#reduce(position, view.cursor);
    }
  }

  async #reduce(position: RescuePosition, cursor: string): Promise<void> {
    const { port, note, nextId } = this.#parts;
    const { symbol, side, quantity } = position;
    const clientOrderId = nextId();
    const text = `close ${side} ${quantity} ${symbol}`;
    note({ step: 'reduce', clientOrderId, text });
    const outcome = await this.#settle(clientOrderId, text, cursor, { clientOrderId }, () =>
      port.reduce({ ...position, clientOrderId }),
    );
    if (outcome.kind === 'unknown') this.#unresolved.add(sideKey(position));
  }
}

/**
 * Takes orders, and in a flatten positions, off an account without engine or journal (X23): what
 * waits is cancelled, then one reduce-only market order goes out for each side of an instrument as
 * it is known, the next only when that is resolved, and protection goes once flat.
 */
export async function rescue(parts: RescueParts, request: RescueRequest): Promise<RescueResult> {
  return await new Rescue(parts, request).run();
}
