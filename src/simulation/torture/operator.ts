import type { BrokerLog } from './broker-log.ts';
import type { BrokerPeer, EnginePeer, ShownOrder } from './peers.ts';

/** An answer that an operator gave. */
export interface OperatorAnswer {
  readonly order: string;
  readonly symbol: string;
  readonly about: string;
  /** The state that the order was in. */
  readonly state: string;
  readonly as: 'placed' | 'not_placed';
  readonly ageMs: number;
  readonly done: boolean;
}

/** What an operator does meanwhile: arms again what stopped, and answers what stays in doubt. */
export class TortureOperator {
  readonly #engine: EnginePeer;
  readonly #log: BrokerLog;
  readonly answers: OperatorAnswer[] = [];
  resumes = 0;
  overrides = 0;
  /** Why the engine had stopped, by how often. */
  readonly stops = new Map<string, number>();

  constructor(engine: EnginePeer, log: BrokerLog) {
    this.#engine = engine;
    this.#log = log;
  }

  /** Arms an engine that takes no new risk. */
  async arm(url: string): Promise<void> {
    const health = await this.#engine.health(url);
    const state = String(health?.['tradingState'] ?? 'active');
    if (health?.['started'] !== true || state === 'active') return;
    const { reason } = (health['state'] ?? {}) as { readonly reason?: string };
    const words = (reason ?? '').replaceAll(/\d+/g, 'N').slice(0, 80);
    const why = { reason: 'looked at it: the campaign goes on' };
    const answer = await this.#engine.say(url, 'resume', why);
    if (answer?.status === 200) this.resumes += 1;
    else if (answer?.status === 409) {
      const over = await this.#engine.say(url, 'resume', { ...why, overrideFor: '2m' });
      if (over?.status !== 200) return;
      this.overrides += 1;
    } else return;
    this.stops.set(words, (this.stops.get(words) ?? 0) + 1);
  }

  /**
   * Answers each doubt that is older, by the truth at the broker: nothing that was sent before can
   * still arrive by then. What the broker shows is left to the engine, which must find it itself.
   */
  async resolve(url: string, broker: BrokerPeer, patienceMs: number): Promise<void> {
    const orders = (await this.#engine.orders(url)) ?? [];
    const old = orders.filter(({ doubt }) => doubt !== null && ageMs(doubt.since) > patienceMs);
    if (old.length === 0) return;
    const { whole } = await broker.read(this.#log);
    const account = await broker.account();
    if (!whole || account === undefined) return;
    const pending = JSON.stringify(account['orders']);
    for (const order of old) await this.#answer(url, order, pending);
  }

  async #answer(url: string, order: ShownOrder, pending: string): Promise<void> {
    const { clientOrderId, doubt, state, symbol } = order;
    if (clientOrderId === null || doubt === null) return;
    const isSubmit = doubt.about === 'submit';
    if (isSubmit && this.#log.made.has(clientOrderId)) return;
    const isThere = !isSubmit && pending.includes(`"${clientOrderId}"`);
    const as = isThere ? 'placed' : 'not_placed';
    const reason = `the log of the broker through ${this.#log.last} says so`;
    const path = `orders/${clientOrderId}/resolve`;
    const answer = await this.#engine.say(url, path, { reason, as });
    const age = ageMs(doubt.since);
    const done = answer?.status === 200;
    const { about } = doubt;
    this.answers.push({ order: clientOrderId, symbol, about, state, as, ageMs: age, done });
  }
}

function ageMs(since: string): number {
  return Date.now() - Date.parse(since.endsWith('Z') ? since : `${since}Z`);
}
