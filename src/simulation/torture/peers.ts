import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerLog, Told } from './broker-log.ts';

const TIMEOUT_MS = 8000;

export interface PeerAnswer {
  readonly status: number;
  readonly body: Told;
}

/** Asks by HTTP; `undefined` where no answer of use came. */
async function ask(
  url: string,
  token: string,
  method: 'GET' | 'POST' | 'PUT',
  body?: unknown,
): Promise<PeerAnswer | undefined> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const text = body === undefined ? null : JSON.stringify(body);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { method, headers, body: text, signal });
    return { status: response.status, body: (await response.json()) as Told };
  } catch {
    // Killed, late or cut short: whoever asks goes on without.
    return undefined;
  }
}

/** The broker, by its own API and by its switches. */
export class BrokerPeer {
  readonly #url: string;
  readonly #account: string;
  readonly #token: string;

  constructor(url: string, account: string, token: string) {
    this.#url = url;
    this.#account = `${url}/v3/accounts/${account}`;
    this.#token = token;
  }

  async control(
    method: 'GET' | 'POST' | 'PUT',
    what: 'faults' | 'facts' | 'status',
    body?: unknown,
  ): Promise<PeerAnswer | undefined> {
    return await ask(`${this.#url}/control/${what}`, this.#token, method, body);
  }

  /** The account, whole; `undefined` where it could not be read. */
  async account(): Promise<Told | undefined> {
    const answer = await ask(this.#account, this.#token, 'GET');
    const { account } = answer?.body ?? {};
    const isWhole = answer?.status === 200 && typeof account === 'object' && account !== null;
    return isWhole ? (account as Told) : undefined;
  }

  /** Reads what is new in the log. Returns what is wrong with it, or how far it was read. */
  async read(log: BrokerLog): Promise<{ readonly wrong?: string; readonly whole: boolean }> {
    for (;;) {
      const from = Math.max(0, log.last - OVERLAP);
      const url = `${this.#account}/transactions/sinceid?id=${from}`;
      const answer = await ask(url, this.#token, 'GET');
      const { transactions, lastTransactionID } = answer?.body ?? {};
      if (answer?.status === 416) return { whole: false, wrong: `the log ends before ${from}` };
      if (answer?.status !== 200 || !Array.isArray(transactions)) return { whole: false };
      const wrong = log.add(transactions as readonly Told[]);
      if (wrong !== undefined) return { whole: false, wrong };
      if (log.last >= Number(lastTransactionID)) return { whole: true };
    }
  }
}

/** Transactions that are read again, to see that they stayed. */
const OVERLAP = 20;

/** An order as the engine's API shows it, as far as an operator looks at it. */
export interface ShownOrder {
  readonly order: number;
  readonly clientOrderId: string | null;
  readonly brokerOrderId: string | null;
  readonly symbol: string;
  readonly state: string;
  readonly cancelPending: boolean;
  readonly replacePending: boolean;
  readonly doubt: { readonly about: string; readonly since: string } | null;
}

/** The engine, as its operator has it. */
export class EnginePeer {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async #ask(
    url: string,
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<PeerAnswer | undefined> {
    const file = join(this.#directory, 'control.token');
    const token = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return await ask(`${url}${path}`, token, method, body);
  }

  async isReady(url: string): Promise<boolean> {
    return (await this.#ask(url, 'GET', '/ready'))?.body['ready'] === true;
  }

  async health(url: string): Promise<Told | undefined> {
    return (await this.#ask(url, 'GET', '/health'))?.body;
  }

  async orders(url: string): Promise<readonly ShownOrder[] | undefined> {
    const answer = await this.#ask(url, 'GET', '/api/v1/orders');
    const { orders } = answer?.body ?? {};
    return Array.isArray(orders) ? (orders as readonly ShownOrder[]) : undefined;
  }

  async say(url: string, what: string, body: object): Promise<PeerAnswer | undefined> {
    return await this.#ask(url, 'POST', `/api/v1/${what}`, { by: 'operator', ...body });
  }
}
