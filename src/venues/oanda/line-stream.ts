import type { HttpPort, HttpStream } from '../http-port.ts';
import type { TimerPort } from '../timer-port.ts';
import { Backoff } from './backoff.ts';

export type StreamState = 'stopped' | 'connecting' | 'live' | 'down';

/** Who follows a stream. */
export interface LineWatch {
  /** Its first line came: it is live from here. */
  live(): void;
  line(text: string): void;
  /** It is not live any more, and comes back by itself. `status`: 0 where nothing was answered. */
  down(reason: string, status: number): void;
}

/**
 * A stream that is kept up: an end, a refusal or silence longer than heartbeats allow is `down`,
 * and it is opened again, ever later while that fails.
 */
export class LineStream {
  readonly #http: HttpPort;
  readonly #timers: TimerPort;
  readonly #path: string;
  readonly #silenceUs: number = 0;
  readonly #watch: LineWatch;
  readonly #backoff: Backoff;
  #stream: HttpStream | undefined;
  #cancels: (() => void)[] = [];
  #lastAt = 0;
  state: StreamState = 'stopped';
  /** How often it was opened anew. */
  reconnects = 0;

  constructor(
    http: HttpPort,
    timers: TimerPort,
    path: string,
    silenceUs: number,
    watch: LineWatch,
  ) {
    this.#http = http;
    this.#timers = timers;
    this.#path = path;
    this.#silenceUs = silenceUs;
    this.#watch = watch;
    this.#backoff = new Backoff(() => timers.random());
  }

  start(): void {
    this.state = 'connecting';
    this.#lastAt = this.#timers.now();
    this.#stream = this.#http.stream(this.#path, {
      opened: (status) => {
        if (status !== 200) this.#down(`it was answered with ${status}`, status);
      },
      line: (text) => this.#line(text),
      ended: (reason) => this.#down(reason, 0),
    });
    this.#watchSilence(this.#silenceUs);
  }

  stop(): void {
    this.#end();
    this.state = 'stopped';
  }

  #end(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
    this.#stream?.close();
    this.#stream = undefined;
  }

  #line(text: string): void {
    this.#lastAt = this.#timers.now();
    const isFirst = this.state !== 'live';
    this.state = 'live';
    if (isFirst) this.#backoff.succeeded();
    // What the line says is known to whoever hears that the stream is live.
    this.#watch.line(text);
    if (isFirst && this.state === 'live') this.#watch.live();
  }

  #watchSilence(us: number): void {
    this.#cancels = [
      this.#timers.after(us, () => {
        const quiet = this.#timers.now() - this.#lastAt;
        if (quiet < this.#silenceUs) this.#watchSilence(this.#silenceUs - quiet);
        else this.#down(`nothing was heard for ${Math.round(quiet / 1000)} ms`, 0);
      }),
    ];
  }

  #down(reason: string, status: number): void {
    this.#end();
    this.state = 'down';
    this.#cancels = [
      this.#timers.after(this.#backoff.next(), () => {
        this.reconnects += 1;
        this.start();
      }),
    ];
    this.#watch.down(reason, status);
  }
}
