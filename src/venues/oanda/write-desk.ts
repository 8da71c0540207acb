import { type AppliedInput, InputKind } from '../../model/inputs.ts';
import { NO_ORDER, type OrderHandle } from '../../model/units.ts';
import { blankReport, ReportKind } from '../../model/venue.ts';
import type { HttpAnswer, HttpPool, HttpPort, HttpRequest } from '../http-port.ts';
import type { TimerPort } from '../timer-port.ts';
import type { VenueReceiver } from '../venue-receiver.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { reasonOf } from './scene.ts';
import { orderAnswerSchema, readJson, refusalSchema, type WireTransaction } from './schemas.ts';
import type { OandaStatus } from './status.ts';

/**
 * Requests at once for each connection, of which some wait for it; one more is refused, and was
 * not sent. Cancels and exits may be twice as many.
 */
const OUTSTANDING_PER_CONNECTION = 4;
/** What opens risk and has found no connection by then is taken back, unsent (X8). */
const START_WITHIN_US = 1_000_000;
/** A connection that nothing went over for so long is used, lest an order find it dead. */
const WARM_EVERY_US = 3_000_000;
const ANSWER_BYTES_MAX = 1024 * 1024;
const LATENCIES_KEPT = 100;

/** What is asked to change something, and the reports that stand for its fate. */
export interface Write {
  readonly order: OrderHandle;
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body?: string;
  readonly unknown: ReportKind;
  readonly refused: ReportKind;
  /** May use what the rate limit keeps for cancels and exits. */
  readonly urgent: boolean;
}

export interface WriteDeskParts {
  readonly http: HttpPort;
  readonly timers: TimerPort;
  readonly limiter: RateLimiter;
  readonly deadlineUs: number;
  /** Connections that orders go out on. */
  readonly connections: number;
  /** `/v3/accounts/ID`. */
  readonly root: string;
  readonly status: OandaStatus;
  readonly engine: VenueReceiver;
  /** Transactions that an answer brought; the facts are told from the feed alone. */
  readonly answered: (transactions: readonly (WireTransaction | undefined)[], last: number) => void;
  /** The connection was closed: what to do about it. */
  readonly closed: () => void;
}

/** What an answer says of the request. */
type Verdict =
  | {
      readonly kind: 'done';
      readonly transactions: readonly (WireTransaction | undefined)[];
      readonly last: number;
      /** Why there was nothing to cancel. To a replace, the log calls that a refused cancel. */
      readonly notOpen?: string;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * The connection that orders go out on (X9). Nothing is ever sent twice. An answer that does not
 * come, or is none, makes its request unknown: first the connection is closed, with every request
 * on it, and that is said; only then what is unknown.
 */
export class WriteDesk {
  readonly #parts: WriteDeskParts;
  #pool: HttpPool | undefined;
  #outstanding = new Map<Write, number>();
  #latencies: number[] = [];
  #usedAt = 0;
  #isStopped = false;

  constructor(parts: WriteDeskParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#pool !== undefined;
  }

  /** Opens a connection; its number is the engine's to give, so this tells nothing. */
  open(): void {
    this.#pool ??= this.#parts.http.openPool(this.#parts.connections);
    this.#usedAt = this.#parts.timers.now();
    this.#keepWarm(this.#pool);
  }

  /** What becomes of this question is no matter: that it went over the connection is. */
  #keepWarm(pool: HttpPool): void {
    const { timers, limiter, root, deadlineUs } = this.#parts;
    timers.after(WARM_EVERY_US, () => {
      if (pool !== this.#pool) return;
      const now = timers.now();
      if (now - this.#usedAt >= WARM_EVERY_US && limiter.take(now, false)) {
        const request = { method: 'GET', path: `${root}/summary`, deadlineUs } as const;
        pool.request({ ...request, maxBytes: ANSWER_BYTES_MAX }, () => undefined);
      }
      this.#keepWarm(pool);
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#pool?.close();
    this.#pool = undefined;
    this.#outstanding.clear();
  }

  /** Sends in this turn, or refuses: then not a byte has left. */
  send(write: Write): void {
    const { timers, limiter, deadlineUs, status, connections } = this.#parts;
    const pool = this.#pool;
    const now = timers.now();
    const most = connections * OUTSTANDING_PER_CONNECTION * (write.urgent ? 2 : 1);
    if (pool === undefined) this.refuse(write, 'not_connected');
    else if (this.#outstanding.size >= most) this.refuse(write, 'too_many_on_the_wire');
    else if (!limiter.take(now, write.urgent)) this.refuse(write, 'rate_limited');
    else {
      const { method, path, body } = write;
      const startWithinUs = write.urgent ? deadlineUs : START_WITHIN_US;
      const base = { method, path, deadlineUs, startWithinUs, maxBytes: ANSWER_BYTES_MAX };
      const request: HttpRequest = body === undefined ? base : { ...base, body };
      this.#outstanding.set(write, now);
      this.#usedAt = now;
      status.outstanding = this.#outstanding.size;
      pool.request(request, (answer) => this.#answer(write, answer));
    }
  }

  /** Says that a request was not sent: after the turn that asked for it. */
  refuse(write: Pick<Write, 'order' | 'refused'>, reason: string): void {
    this.#parts.timers.after(0, () => {
      if (!this.#isStopped) this.#report(write.order, write.refused, reason);
    });
  }

  #answer(write: Write, answer: HttpAnswer): void {
    const sentAt = this.#outstanding.get(write);
    if (sentAt === undefined) return;
    const { status, timers, answered } = this.#parts;
    const verdict = verdictOf(answer);
    if (verdict.kind === 'unknown') {
      this.close(verdict.reason);
      return;
    }
    this.#outstanding.delete(write);
    status.outstanding = this.#outstanding.size;
    this.#latencies = [...this.#latencies.slice(1 - LATENCIES_KEPT), timers.now() - sentAt];
    status.latenciesUs = this.#latencies;
    if (verdict.kind === 'done') {
      answered(verdict.transactions, verdict.last);
      const isReplace = write.refused === ReportKind.replaceRefused;
      if (verdict.notOpen !== undefined && isReplace) {
        this.#report(write.order, write.refused, verdict.notOpen);
      }
    } else {
      status.problem = `a request was refused: ${verdict.reason}`;
      this.#report(write.order, write.refused, verdict.reason);
    }
  }

  /** Closes the connection: what is on it is unknown from here on. */
  close(reason: string): void {
    const { engine, status, closed } = this.#parts;
    if (this.#pool === undefined) return;
    this.#pool.close();
    this.#pool = undefined;
    status.problem = reason;
    const unanswered = [...this.#outstanding.keys()];
    this.#outstanding.clear();
    status.outstanding = 0;
    const { connection } = engine;
    engine.input({ kind: InputKind.connection, connection, open: false });
    for (const { order, unknown } of unanswered) this.#report(order, unknown, reason);
    closed();
  }

  #report(order: OrderHandle, report: ReportKind, reason: string): void {
    const whole = { ...blankReport(), order, report, reason: reason.slice(0, 200) };
    const input: AppliedInput = { kind: InputKind.report, report: whole };
    if (order !== NO_ORDER) this.#parts.engine.input(input);
  }
}

/**
 * What became of a request. Only two answers settle it: success with the transactions that it made,
 * and a refusal in the broker's own form. Every other one, an overloaded or broken server's, that
 * of a proxy, half of one, says nothing of whether it was done.
 */
export function verdictOf(answer: HttpAnswer): Verdict {
  if (answer.kind === 'failed') {
    const { sent, reason } = answer;
    return sent === 'no'
      ? { kind: 'refused', reason: `not_sent: ${reason}` }
      : { kind: 'unknown', reason };
  }
  const { status, body } = answer;
  if (status === 200 || status === 201) {
    const told = readJson(orderAnswerSchema, body);
    if (told === undefined) return { kind: 'unknown', reason: `${status} with a body of no use` };
    const transactions = [
      told.orderCancelTransaction,
      told.orderCreateTransaction,
      told.orderFillTransaction,
      told.orderReissueTransaction,
      told.orderReissueRejectTransaction,
      told.replacingOrderCancelTransaction,
    ];
    if (transactions.every((one) => one === undefined)) {
      return { kind: 'unknown', reason: `${status} without a transaction` };
    }
    return { kind: 'done', transactions, last: Number(told.lastTransactionID) };
  }
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  const told = isRefusal ? readJson(refusalSchema, body) : undefined;
  if (told === undefined) return { kind: 'unknown', reason: `answered with ${status}` };
  const transaction = told.orderRejectTransaction ?? told.orderCancelRejectTransaction;
  if (transaction === undefined) {
    return { kind: 'refused', reason: reasonOf(told.errorCode) || `http_${status}` };
  }
  const last = told.lastTransactionID ?? transaction.id;
  const done = { kind: 'done', transactions: [transaction], last: Number(last) } as const;
  const isNotOpen = told.orderRejectTransaction === undefined;
  return isNotOpen ? { ...done, notOpen: reasonOf(told.errorCode) } : done;
}
