import { present } from '../../model/assert.ts';
import type { HistoricalBar } from '../../model/historical.ts';
import type { Instrument } from '../../model/instrument.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import type { HistoryWish, SeriesHistory } from '../bar-history.ts';
import type { HttpAnswer } from '../http-port.ts';
import type { TimerPort } from '../timer-port.ts';
import { Backoff } from './backoff.ts';
import { candlePath, candleProblem, readCandles } from './candles.ts';
import type { Reads } from './reads.ts';
import type { OandaStatus } from './status.ts';

/** Times that a series is asked for. */
const ATTEMPTS = 3;
/** All series together; a start does not wait longer for what it can do without. */
const TOGETHER_US = 60 * US_PER_SECOND;

export interface HistoryParts {
  readonly reads: Reads;
  readonly timers: TimerPort;
  /** `/v3/accounts/ID`. */
  readonly root: string;
  readonly instruments: readonly Instrument[];
  readonly status: OandaStatus;
}

/** Reads bars of the past at a start, series by series. What cannot be had is said by name. */
export class HistoryDesk {
  readonly #parts: HistoryParts;
  readonly #backoff: Backoff;
  readonly #found: SeriesHistory[] = [];
  #left: readonly HistoryWish[] = [];
  #done: (found: readonly SeriesHistory[]) => void = () => undefined;
  #cancels: (() => void)[] = [];
  #isOver = true;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(() => parts.timers.random());
  }

  /** Calls `done` once, with an answer to each wish; at once where there are none. */
  read(wishes: readonly HistoryWish[], done: (found: readonly SeriesHistory[]) => void): void {
    this.#left = wishes;
    this.#done = done;
    this.#isOver = false;
    this.#cancels = [this.#parts.timers.after(TOGETHER_US, () => this.#late())];
    this.#next();
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
  }

  #late(): void {
    const seconds = TOGETHER_US / US_PER_SECOND;
    while (this.#left.length > 0) this.#note([], `not read within ${seconds} s`);
    this.#finish();
  }

  #finish(): void {
    this.stop();
    this.#done(this.#found);
  }

  #note(bars: readonly HistoricalBar[], problem: string): void {
    const { status } = this.#parts;
    const [wish, ...left] = this.#left;
    this.#found.push({ wish: present(wish, 'a wish'), bars, problem });
    this.#left = left;
    status.historyBars += bars.length;
    if (problem !== '') status.historyMissing += 1;
  }

  #next(): void {
    const [wish] = this.#left;
    if (wish === undefined) {
      this.#finish();
      return;
    }
    const instrument = present(this.#parts.instruments[wish.spec.instrument], 'instrument');
    const problem = candleProblem(wish, instrument);
    if (problem === undefined) {
      this.#ask(wish, instrument, 1);
      return;
    }
    this.#note([], problem);
    this.#next();
  }

  #ask(wish: HistoryWish, instrument: Instrument, attempt: number): void {
    const { reads, root, timers } = this.#parts;
    reads.get(candlePath(root, wish, instrument), (answer) => {
      // After the last word to the engine an answer is none.
      if (this.#isOver) return;
      const read = this.#read(wish, instrument, answer);
      if (typeof read !== 'string') {
        this.#backoff.succeeded();
        this.#note(read, '');
        this.#next();
      } else if (attempt === ATTEMPTS) {
        this.#note([], read);
        this.#next();
      } else {
        const again = (): void => this.#ask(wish, instrument, attempt + 1);
        this.#cancels.push(timers.after(this.#backoff.next(), again));
      }
    });
  }

  #read(
    wish: HistoryWish,
    instrument: Instrument,
    answer: HttpAnswer,
  ): readonly HistoricalBar[] | string {
    if (answer.kind === 'failed') return answer.reason;
    if (answer.status !== 200) return `answered with ${answer.status}`;
    const read = readCandles(wish, instrument, answer.body);
    if (typeof read === 'string') this.#parts.status.malformed += 1;
    return read;
  }
}
