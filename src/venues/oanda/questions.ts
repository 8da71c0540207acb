import {
  blankLogRead,
  blankLookUpAnswer,
  type LookUp,
  LookUpOutcome,
  ReadOutcome,
} from '../../model/doubt.ts';
import { InputKind, type OpeningInput, type SnapshotInput } from '../../model/inputs.ts';
import { blankSnapshot } from '../../model/reconciliation.ts';
import type { TimeUs } from '../../model/units.ts';
import type { HttpAnswer } from '../http-port.ts';
import type { TimerPort } from '../timer-port.ts';
import type { Reads } from './reads.ts';
import type { Scene } from './scene.ts';
import {
  accountSchema,
  orderReadSchema,
  readJson,
  refusalSchema,
  type WireAccount,
} from './schemas.ts';
import { legSizes, lookUpFound, readable, snapshotOf } from './snapshot.ts';
import type { OandaStatus } from './status.ts';
import { Trades } from './trades.ts';
import type { TransactionDesk } from './transaction-desk.ts';

/** A replaced order is followed so far. */
const CHAIN_MAX = 8;

type AccountInput = SnapshotInput | OpeningInput;

interface AccountAt {
  readonly ask: number;
  readonly kind: AccountInput['kind'];
  readonly cursor: number;
  readonly venueTime: TimeUs;
}

export interface QuestionParts {
  readonly reads: Reads;
  readonly timers: TimerPort;
  readonly root: string;
  readonly status: OandaStatus;
  readonly scene: Scene;
  readonly transactions: TransactionDesk;
}

/**
 * What the engine asks of the broker. An answer that speaks of a number in the log is told once
 * every transaction up to it was: so it is set against books that stand where the broker stood. A
 * read that fails is told as failed, which is no evidence of anything.
 */
export class Questions {
  readonly #parts: QuestionParts;

  constructor(parts: QuestionParts) {
    this.#parts = parts;
  }

  /** The log after a number; its facts are told by the feed, before it is said that it was read. */
  readLog(from: number, ask: number): void {
    const { transactions, timers, scene } = this.#parts;
    const tell = (outcome: ReadOutcome, cursor: number, venueTime: TimeUs): void => {
      const logRead = { ...blankLogRead(), ask, outcome, cursor, venueTime };
      scene.engine.input({ kind: InputKind.logRead, logRead });
    };
    const failed = (): void => tell(ReadOutcome.failed, from, 0 as TimeUs);
    // Where the log begins for an engine that knows nothing, its first snapshot says.
    if (from === 0) {
      timers.after(0, failed);
      return;
    }
    transactions.readFrom(from, (end) => {
      if (end === undefined) failed();
      else {
        transactions.feed.after(end.cursor, () =>
          tell(ReadOutcome.clean, end.cursor, end.venueTime),
        );
      }
    });
  }

  /** By the broker's number where it is known, else by client id: then only while it is open. */
  lookUp(lookUp: LookUp): void {
    const { clientOrderId, brokerOrderId } = lookUp;
    const by = brokerOrderId === '' ? encodeURIComponent(`@${clientOrderId}`) : brokerOrderId;
    this.#lookUp(lookUp, by, 0);
  }

  #lookUp(lookUp: LookUp, by: string, chain: number): void {
    const { reads, root, scene, transactions } = this.#parts;
    reads.get(`${root}/orders/${by}`, (answer) => {
      const at = answer.kind === 'answered' ? answer.date : undefined;
      if (answer.kind === 'failed' || at === undefined) {
        this.#answer(lookUp, {});
        return;
      }
      const found = answer.status === 200 ? readJson(orderReadSchema, answer.body) : undefined;
      if (found === undefined) {
        const isMissing = answer.status === 404 && readJson(refusalSchema, answer.body);
        const outcome = isMissing ? LookUpOutcome.notFound : LookUpOutcome.failed;
        this.#answer(lookUp, { outcome, venueTime: at });
        return;
      }
      const next = found.order.replacedByOrderID;
      if (next !== undefined && chain < CHAIN_MAX) {
        this.#lookUp(lookUp, next, chain + 1);
        return;
      }
      const last = Number(found.lastTransactionID);
      transactions.answered([], last);
      transactions.feed.after(last, () => {
        // What has filled since was told, and is not in this answer: it is asked again.
        if (transactions.feed.told > last) {
          this.#answer(lookUp, { venueTime: at });
          return;
        }
        const read = readable(() => lookUpFound(scene, lookUp, found.order, at));
        this.#answer(lookUp, typeof read === 'string' ? {} : read);
      });
    });
  }

  #answer({ ask, order }: LookUp, told: Partial<ReturnType<typeof blankLookUpAnswer>>): void {
    const answer = { ...blankLookUpAnswer(), ...told, ask, order };
    this.#parts.scene.engine.input({ kind: InputKind.lookUpAnswer, answer });
  }

  /** The account, as a snapshot, or as that at which the engine's books begin (X27). */
  snapshot(ask: number, kind: AccountInput['kind']): void {
    const { reads, root, transactions } = this.#parts;
    reads.get(root, (answer) => {
      const isAnswer = answer.kind === 'answered' && answer.status === 200;
      const found = isAnswer ? readJson(accountSchema, answer.body) : undefined;
      if (found === undefined) {
        this.#stale(ask, kind, answer);
        return;
      }
      const cursor = Number(found.lastTransactionID);
      const venueTime = dateOf(answer);
      const at = { ask, kind, cursor, venueTime };
      if (kind === InputKind.opening) {
        if (this.#tell(found.account, at)) transactions.open(cursor);
        return;
      }
      transactions.answered([], cursor);
      transactions.feed.after(cursor, () => {
        this.#tell(found.account, at);
      });
    });
  }

  /** Tells the account; `false` where it cannot be read. */
  #tell(account: WireAccount, { kind, ...at }: AccountAt): boolean {
    const { status, transactions } = this.#parts;
    // Trades that later facts have changed are not put back to where this answer saw them.
    const isPast = kind === InputKind.snapshot && at.cursor < transactions.feed.told;
    const scene = isPast ? { ...this.#parts.scene, trades: new Trades() } : this.#parts.scene;
    const read = readable(() => snapshotOf(scene, account, at));
    if (typeof read === 'string') {
      status.problem = `the account cannot be read: ${read}`;
      this.#incomplete(at.ask, kind, at.venueTime);
      return false;
    }
    if (read.beyond.length > 0) {
      status.problem = `not configured, and in the account: ${read.beyond.slice(0, 5).join(', ')}`;
    }
    const { snapshot, lots } = read;
    if (!isPast) for (const input of legSizes(scene, snapshot)) scene.engine.input(input);
    if (kind === InputKind.snapshot) scene.engine.input({ kind, snapshot });
    else scene.engine.input({ kind, opening: { snapshot, lots: [...lots] } });
    return true;
  }

  #stale(ask: number, kind: AccountInput['kind'], answer: HttpAnswer): void {
    const { status } = this.#parts;
    const why = answer.kind === 'failed' ? answer.reason : `answered with ${answer.status}`;
    status.problem = `the account is not read: ${why}`;
    this.#incomplete(ask, kind, dateOf(answer));
  }

  /** A snapshot that shows nothing: a stale source, never an empty account. */
  #incomplete(ask: number, kind: AccountInput['kind'], venueTime: TimeUs): void {
    const { engine } = this.#parts.scene;
    const { cursor, balance } = engine;
    const snapshot = { ...blankSnapshot(), ask, cursor, balance, venueTime };
    if (kind === InputKind.snapshot) engine.input({ kind, snapshot });
    else engine.input({ kind, opening: { snapshot, lots: [] } });
  }
}

function dateOf(answer: HttpAnswer): TimeUs {
  return (answer.kind === 'answered' ? answer.date : undefined) ?? (0 as TimeUs);
}
