import type { ShownAccount } from './broker-core.ts';
import type { FaultDesk } from './faults.ts';
import { wireTime } from './format.ts';
import { standingPrice } from './prices.ts';
import { type Transaction, type WireObject, wireText } from './wire.ts';

/** Items that a stalled stream holds back; then it is cut off. */
const STALLED_MAX = 10_000;

/** How streams are paced, in real time. */
export interface StreamPace {
  readonly heartbeatUs: number;
  /** Least distance of two prices of an instrument: what comes between is left out. */
  readonly priceUs: number;
  readonly monotonicUs: () => number;
}

/** Where the lines of a stream go: a client that may not read them. */
export interface LineSink {
  /** False when more wait for the client than may. */
  write(text: string): boolean;
  close(): void;
}

/** One client's stream: lines of JSON, with the faults that were asked for. */
class LineStream {
  readonly #name: 'transactions' | 'prices';
  readonly #faults: FaultDesk;
  readonly #unix: boolean;
  #sink: LineSink | undefined;
  #stalledUntil = 0;
  #waiting: string[] = [];
  /** A line that the next one overtakes. */
  #overtaken: string | undefined;
  lastHeartbeat = Number.NEGATIVE_INFINITY;

  constructor(name: 'transactions' | 'prices', faults: FaultDesk, unix: boolean, sink: LineSink) {
    this.#name = name;
    this.#faults = faults;
    this.#unix = unix;
    this.#sink = sink;
  }

  /** The client has left. */
  leave(): void {
    this.#sink = undefined;
  }

  get isOpen(): boolean {
    return this.#sink !== undefined;
  }

  isStalled(now: number): boolean {
    return now < this.#stalledUntil;
  }

  /** Sends an item, or does with it what a fault wants. */
  item(item: WireObject, now: number): void {
    const line = `${wireText(item, this.#unix)}\n`;
    const kinds = ['stream_stall', 'stream_cut', 'stream_disorder', 'stream_repeat'] as const;
    const fault = this.#faults.strike(kinds, [this.#name]);
    if (fault?.kind === 'stream_cut') {
      this.#write(line.slice(0, Math.floor(line.length / 2)));
      this.close();
      return;
    }
    if (fault?.kind === 'stream_stall') this.#stalledUntil = now + fault.ms * 1000;
    if (fault?.kind === 'stream_disorder' && this.#overtaken === undefined) {
      this.#overtaken = line;
      return;
    }
    this.#send(line, now);
    if (fault?.kind === 'stream_repeat') this.#send(line, now);
    this.#sendOvertaken(now);
  }

  heartbeat(item: WireObject, now: number): void {
    if (this.isStalled(now)) return;
    this.lastHeartbeat = now;
    this.#sendOvertaken(now);
    this.#send(`${wireText(item, this.#unix)}\n`, now);
  }

  #sendOvertaken(now: number): void {
    const line = this.#overtaken;
    this.#overtaken = undefined;
    if (line !== undefined) this.#send(line, now);
  }

  /** Lets out what was held back once a stall is over. */
  release(now: number): void {
    if (this.isStalled(now) || this.#waiting.length === 0) return;
    const lines = this.#waiting;
    this.#waiting = [];
    for (const line of lines) this.#write(line);
  }

  #send(line: string, now: number): void {
    if (!this.isStalled(now)) {
      this.release(now);
      this.#write(line);
    } else if (this.#waiting.length < STALLED_MAX) this.#waiting.push(line);
    else this.close();
  }

  #write(line: string): void {
    if (this.#sink?.write(line) === false) this.close();
  }

  close(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.close();
  }
}

interface PriceStream {
  readonly line: LineStream;
  readonly instruments: readonly number[];
  /** By instrument: time of the quote that was sent, and when that was. */
  readonly sent: Map<number, { readonly quote: string; readonly at: number }>;
}

/** Every stream that is open. */
export class Streams implements Disposable {
  readonly #broker: ShownAccount;
  readonly #faults: FaultDesk;
  readonly #pace: StreamPace;
  readonly #transactions = new Set<LineStream>();
  readonly #prices = new Set<PriceStream>();
  readonly #stop: () => void;

  constructor(broker: ShownAccount, faults: FaultDesk, pace: StreamPace) {
    this.#broker = broker;
    this.#faults = faults;
    this.#pace = pace;
    this.#stop = broker.onTransactions((news) => this.#tell(news));
  }

  get open(): number {
    return this.#transactions.size + this.#prices.size;
  }

  /** Opens one; the function that is returned says that the client has left. */
  openTransactions(unix: boolean, sink: LineSink): () => void {
    const line = new LineStream('transactions', this.#faults, unix, sink);
    this.#transactions.add(line);
    this.#beatTransactions(line, this.#pace.monotonicUs());
    return () => line.leave();
  }

  openPrices(
    instruments: readonly number[],
    snapshot: boolean,
    unix: boolean,
    sink: LineSink,
  ): () => void {
    const line = new LineStream('prices', this.#faults, unix, sink);
    const stream: PriceStream = { line, instruments, sent: new Map() };
    this.#prices.add(stream);
    const now = this.#pace.monotonicUs();
    if (!snapshot) this.#markSent(stream, now);
    this.#price(stream, now);
    this.#beatPrices(line, now);
    return () => line.leave();
  }

  #tell(news: readonly Transaction[]): void {
    const now = this.#pace.monotonicUs();
    for (const line of this.#transactions) {
      for (const one of news) if (line.isOpen) line.item(one, now);
    }
  }

  /** Sends what is due: prices that changed, heartbeats, what a stall held back. */
  pump(): void {
    const now = this.#pace.monotonicUs();
    for (const line of this.#transactions) {
      if (!line.isOpen) this.#transactions.delete(line);
      line.release(now);
      this.#beatTransactions(line, now);
    }
    for (const stream of this.#prices) {
      if (!stream.line.isOpen) this.#prices.delete(stream);
      stream.line.release(now);
      this.#price(stream, now);
      this.#beatPrices(stream.line, now);
    }
  }

  #beatTransactions(line: LineStream, now: number): void {
    if (now - line.lastHeartbeat < this.#pace.heartbeatUs) return;
    const { ledger } = this.#broker;
    const lastTransactionID = String(ledger.log.last);
    line.heartbeat({ type: 'HEARTBEAT', lastTransactionID, time: wireTime(ledger.now) }, now);
  }

  #beatPrices(line: LineStream, now: number): void {
    if (now - line.lastHeartbeat < this.#pace.heartbeatUs) return;
    line.heartbeat({ type: 'HEARTBEAT', time: wireTime(this.#broker.ledger.now) }, now);
  }

  /** A halt changes a price as well as a quote does. */
  #stateOf(k: number): string {
    const { ledger } = this.#broker;
    return `${ledger.board.time[k]}/${ledger.account.halted.includes(k)}`;
  }

  #markSent({ instruments, sent }: PriceStream, at: number): void {
    for (const k of instruments) sent.set(k, { quote: this.#stateOf(k), at });
  }

  #price({ line, instruments, sent }: PriceStream, now: number): void {
    for (const k of instruments) {
      const last = sent.get(k);
      const quote = this.#stateOf(k);
      if (last !== undefined && (last.quote === quote || now - last.at < this.#pace.priceUs)) {
        continue;
      }
      const price = standingPrice(this.#broker.ledger, k);
      if (price === undefined || !line.isOpen) continue;
      sent.set(k, { quote, at: now });
      line.item(price, now);
    }
  }

  [Symbol.dispose](): void {
    this.#stop();
    for (const line of this.#transactions) line.close();
    for (const { line } of this.#prices) line.close();
  }
}
