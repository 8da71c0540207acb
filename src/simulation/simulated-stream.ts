import type { HttpStream, StreamListener } from '../venues/http-port.ts';
import { LineCutter } from '../venues/line-cutter.ts';
import type { Reply } from '../venues/server/request-desk.ts';
import type { SimulatedHttp } from './simulated-http.ts';

const MS = 1000;
const SECOND = 1_000_000;
/** A stream that does not answer for so long is given up. */
const OPEN_US = 15 * SECOND;
/** What may be on the way to a client that does not read. */
const BACKLOG_BYTES = 256 * 1024;

/** A stream over the simulated network: its chunks are cut anywhere, late, or the last ones. */
export class SimulatedStream implements HttpStream {
  readonly #http: SimulatedHttp;
  readonly #listener: StreamListener;
  readonly #gone: () => void;
  readonly #lines = new LineCutter();
  #isEnded = false;
  #isOpen = false;
  /** Nothing comes through any more, and no end either. */
  #isSilent = false;
  #unread = 0;
  /** When the last byte on the way arrives: bytes do not overtake each other. */
  #arrivesAt = 0;
  /** Tells the broker that the client has left. */
  #leave: () => void = () => undefined;

  constructor(http: SimulatedHttp, listener: StreamListener, gone: () => void) {
    this.#http = http;
    this.#listener = listener;
    this.#gone = gone;
  }

  open(path: string): void {
    const { network } = this.#http;
    const { faults, broker, timeline } = network.parts;
    this.#http.later(OPEN_US, () => {
      if (!this.#isOpen) this.#end('no answer in time');
    });
    if (faults.meets('connect_hangs') !== 0) return;
    const isRefused = faults.meets('connect_refused') !== 0;
    timeline.after(network.hop(), () => {
      if (this.#isEnded) return;
      if (isRefused || !broker.isUp)
        this.#http.later(network.hop(), () => this.#end('ECONNREFUSED'));
      else broker.request({ method: 'GET', path }, (reply) => this.#answered(reply));
    });
  }

  #answered(reply: Reply): void {
    if (this.#isEnded || this.#isSilent) return;
    const { network } = this.#http;
    switch (reply.kind) {
      case 'none':
        if (reply.cut) this.#http.later(network.hop(), () => this.#end('ECONNRESET'));
        return;
      case 'answer':
        this.#arrives(0, () => this.#opened(reply.status));
        this.#arrives(1, () => this.#end(`it was answered with ${reply.status}`));
        return;
      case 'stream':
        this.#arrives(0, () => this.#opened(200));
        this.#leave = reply.open({
          write: (text) => this.#write(text),
          close: () => this.#arrives(1, () => this.#end('it ended')),
        });
    }
  }

  #opened(status: number): void {
    this.#isOpen = true;
    this.#http.deliver(() => this.#listener.opened(status));
  }

  /** What is sent after something else arrives after it. */
  #arrives(lateUs: number, what: () => void): void {
    const { network } = this.#http;
    const at = Math.max(network.now + network.hop(), this.#arrivesAt + 1) + lateUs;
    this.#arrivesAt = at;
    this.#http.later(at - network.now, () => {
      if (!this.#isEnded && !this.#isSilent) what();
    });
  }

  /** The broker writes; `false` when too much is on the way. */
  #write(text: string): boolean {
    const { faults } = this.#http.network.parts;
    const bytes = Buffer.from(text);
    this.#unread += bytes.length;
    if (this.#unread > BACKLOG_BYTES) return false;
    if (faults.meets('stream_dies') !== 0) this.#isSilent = true;
    if (this.#isSilent) return true;
    const late = faults.meets('chunk_late');
    const reset = faults.meets('stream_reset');
    const cut = faults.meets('chunk_cut');
    const at = cut === 0 && reset === 0 ? bytes.length : (cut + reset) % bytes.length;
    this.#chunk(bytes.subarray(0, at), late === 0 ? 0 : late % (3 * SECOND));
    if (reset !== 0) this.#arrives(0, () => this.#end('ECONNRESET'));
    else if (at < bytes.length) this.#chunk(bytes.subarray(at), cut % (80 * MS));
    return true;
  }

  #chunk(bytes: Buffer, lateUs: number): void {
    this.#arrives(lateUs, () => {
      this.#unread -= bytes.length;
      for (const line of this.#lines.take(bytes)) {
        if (!this.#isEnded && !this.#http.isDead)
          this.#http.deliver(() => this.#listener.line(line));
      }
    });
  }

  brokerGone(withMachine: boolean): void {
    if (withMachine) this.#isSilent = true;
    else this.#arrives(0, () => this.#end('ECONNRESET'));
  }

  #end(reason: string): void {
    if (this.#isEnded) return;
    this.close();
    this.#http.deliver(() => this.#listener.ended(reason));
  }

  close(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#gone();
    const { network } = this.#http;
    // Of an end that is lost the broker hears when it has written too much.
    if (!this.#isSilent) network.parts.timeline.after(network.hop(), () => this.#leave());
  }
}
