import type { HttpAnswer, HttpPool, HttpPort } from '../http-port.ts';
import type { TimerPort } from '../timer-port.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** Reads that may wait for their turn; one more fails at once. */
const QUEUE_MAX = 64;
const CONNECTIONS = 2;
/** The largest answer that is read: the account of thousands of orders. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

interface Waiting {
  readonly path: string;
  readonly done: (answer: HttpAnswer) => void;
}

/**
 * Everything that is only asked, on connections of its own: what fails here says nothing of orders.
 */
export class Reads {
  readonly #pool: HttpPool;
  readonly #timers: TimerPort;
  readonly #limiter: RateLimiter;
  readonly #deadlineUs: number = 0;
  #waiting: Waiting[] = [];
  #running = 0;
  #isWaiting = false;
  #isStopped = false;

  constructor(http: HttpPort, timers: TimerPort, limiter: RateLimiter, deadlineUs: number) {
    this.#pool = http.openPool(CONNECTIONS);
    this.#timers = timers;
    this.#limiter = limiter;
    this.#deadlineUs = deadlineUs;
  }

  /** Asks; `done` is called once, later. */
  get(path: string, done: (answer: HttpAnswer) => void): void {
    if (this.#waiting.length >= QUEUE_MAX) {
      const reason = `more than ${QUEUE_MAX} reads wait`;
      this.#timers.after(0, () => {
        if (!this.#isStopped) done({ kind: 'failed', sent: 'no', reason });
      });
      return;
    }
    this.#waiting.push({ path, done });
    this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
    this.#pool.close();
  }

  #run(): void {
    while (this.#running < CONNECTIONS && !this.#isWaiting && !this.#isStopped) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      const now = this.#timers.now();
      const wait = this.#limiter.waitUs(now);
      if (wait > 0) {
        this.#isWaiting = true;
        this.#timers.after(wait, () => {
          this.#isWaiting = false;
          this.#run();
        });
        return;
      }
      this.#limiter.take(now, false);
      this.#waiting.shift();
      this.#ask(next);
    }
  }

  #ask({ path, done }: Waiting): void {
    this.#running += 1;
    const deadlineUs = this.#deadlineUs;
    const request = { method: 'GET', path, deadlineUs, maxBytes: ANSWER_BYTES_MAX } as const;
    this.#pool.request(request, (answer) => {
      this.#running -= 1;
      done(answer);
      this.#run();
    });
  }
}
