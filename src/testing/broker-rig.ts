import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskFile } from '../journal/disk.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import type { Instrument } from '../model/instrument.ts';
import type { TimeUs } from '../model/units.ts';
import { Api } from '../venues/server/api.ts';
import { Broker, type BrokerMarket, type BrokerParts } from '../venues/server/broker.ts';
import { type Fault, FaultDesk, faultsSchema } from '../venues/server/faults.ts';
import type { BooksConfig } from '../venues/server/ledger.ts';
import { BROKER_SEGMENTS } from '../venues/server/operation-journal.ts';
import { Streams } from '../venues/server/streams.ts';
import type { SimVenueConfig } from '../venues/sim/config.ts';
import { TEST_START, testConfigs, testInstrument } from './builders.ts';
import { type OandaDocument, oandaDocument } from './oanda-document.ts';

export const ACCOUNT_ID = '101-001-1234567-001';
export const TOKEN = 'rig-token';

export interface TestQuote {
  /** µs after the start of the test. */
  readonly at: number;
  readonly k?: number;
  readonly bid: number;
  readonly ask: number;
  /** At both sides; 0 is any size. */
  readonly size?: number;
}

/** A market that is told its quotes and its time. */
export class TestMarket implements BrokerMarket {
  readonly quotes: TestQuote[] = [];
  now = TEST_START;

  /** Adds a quote, and lets time pass to it. */
  quote(quote: TestQuote): void {
    this.quotes.push(quote);
    this.now = Math.max(this.now, TEST_START + quote.at) as TimeUs;
  }

  async open(after: TimeUs | undefined) {
    let from = after ?? Number.NEGATIVE_INFINITY;
    return {
      start: after ?? TEST_START,
      feed: {
        next: async (until: number) => {
          const due = this.quotes.filter(
            ({ at }) => TEST_START + at > from && TEST_START + at <= until,
          );
          from = Math.max(from, until);
          if (due.length === 0) return undefined;
          return { block: blockOf(due), from: 0, to: due.length };
        },
      },
    };
  }

  clock(from: TimeUs): () => TimeUs {
    return () => Math.max(this.now, from) as TimeUs;
  }

  async *history(from: TimeUs, to: TimeUs): AsyncGenerator<QuoteBlock> {
    const due = this.quotes.filter(({ at }) => TEST_START + at >= from && TEST_START + at < to);
    if (due.length > 0) yield blockOf(due);
  }
}

/** A disk for tests that kill no machine: a process that dies loses nothing of it. */
class TestDisk extends LocalDisk {
  /** Its syncs fail from now on. */
  fails = false;

  override create(path: string): DiskFile {
    return this.#unsynced(super.create(path));
  }

  override open(path: string): DiskFile {
    return this.#unsynced(super.open(path));
  }

  override syncDirectory(): void {
    // See above.
  }

  #unsynced(file: DiskFile): DiskFile {
    return {
      write: (bytes, at) => file.write(bytes, at),
      sync: () => {
        if (this.fails) throw new Error('input/output error');
      },
      close: () => file.close(),
    };
  }
}

function blockOf(quotes: readonly TestQuote[]): QuoteBlock {
  const block = createQuoteBlock(quotes.length);
  for (const [row, { at, k = 0, bid, ask, size = 0 }] of quotes.entries()) {
    block.time[row] = TEST_START + at;
    block.instrument[row] = k;
    block.bid[row] = bid;
    block.ask[row] = ask;
    block.bidSize[row] = size;
    block.askSize[row] = size;
  }
  block.count = quotes.length;
  return block;
}

export interface BrokerRigOptions {
  readonly instruments?: readonly Instrument[];
  readonly venue?: Partial<SimVenueConfig>;
  readonly faults?: readonly Partial<Fault>[];
  readonly books?: Partial<BooksConfig>;
}

/** An answer as it is parsed: tests read it by path, and the document judges it whole. */
export type Parsed = ReturnType<typeof JSON.parse>;

export interface RigAnswer {
  readonly status: number;
  readonly body: Parsed;
  readonly headers: Headers;
}

const SECOND = 1_000_000;
let document: OandaDocument | undefined | null = null;

function theDocument(): OandaDocument | undefined {
  if (document === null) document = oandaDocument();
  return document;
}

/** Is the official document there to judge by? */
export function hasDocument(): boolean {
  return theDocument() !== undefined;
}

/**
 * A broker without sockets, on a market that stands still until it is told. Each answer is judged
 * by the official document, where it is at hand.
 */
export class BrokerRig implements AsyncDisposable {
  readonly market = new TestMarket();
  readonly disk = new TestDisk();
  readonly directory = mkdtempSync(join(tmpdir(), 'tiyf-broker-'));
  readonly cuts: string[] = [];
  readonly sleeps: number[] = [];
  readonly #options: BrokerRigOptions;
  broker: Broker;
  faults: FaultDesk;
  streams: Streams;
  #api: Api;
  #isAlive = true;
  /** Real time of the streams, µs. */
  realUs = 0;
  /** Who the requests come from. */
  remoteAddress = '127.0.0.1';

  private constructor(options: BrokerRigOptions) {
    this.#options = options;
    const made = this.#make();
    this.broker = made.broker;
    this.faults = made.faults;
    this.streams = made.streams;
    this.#api = made.api;
  }

  /** EUR_USD and USD_JPY, each with a quote, unless `options` names others. */
  static async start(options: BrokerRigOptions = {}): Promise<BrokerRig> {
    const rig = new BrokerRig(options);
    await rig.broker.start();
    await rig.quote(1.1, 1.1002);
    await rig.quote(150, 150.02, { k: 1 });
    return rig;
  }

  get instruments(): readonly Instrument[] {
    return this.#options.instruments ?? [testInstrument('EURUSD'), testInstrument('USDJPY')];
  }

  parts(): BrokerParts {
    const { venue, books } = this.#options;
    const latency = { submitUs: 0, cancelUs: 0, reportUs: 0 };
    const setup = testConfigs({
      instruments: this.instruments,
      account: { costBasis: 'lots' },
      venue: { latency, ...venue },
    });
    return {
      books: {
        venue: setup.venue,
        accountId: ACCOUNT_ID,
        transactionsKept: 10_000,
        endedKept: 1000,
        ...books,
      },
      directory: this.directory,
      disk: this.disk,
      segments: { ...BROKER_SEGMENTS, segmentBytes: 64 * 1024 },
      layout: 'rig',
      market: this.market,
      warn: (text) => assert.fail(text),
    };
  }

  #make() {
    const broker = new Broker(this.parts());
    const faults = new FaultDesk(faultsSchema.parse(this.#options.faults ?? []), 1);
    const monotonicUs = (): number => this.realUs;
    const pace = { heartbeatUs: 5 * SECOND, priceUs: SECOND / 4, monotonicUs };
    const streams = new Streams(broker, faults, pace);
    const sleep = async (ms: number): Promise<void> => {
      this.sleeps.push(ms);
    };
    const market = this.market;
    const api = new Api({ broker, market, faults, streams, token: TOKEN, sleep, monotonicUs });
    return { broker, faults, streams, api };
  }

  /** Gives the directory up as a killed process would. */
  kill(): void {
    if (this.#isAlive) this.broker[Symbol.dispose]();
    this.#isAlive = false;
  }

  /** Is killed, and starts again from what is on disk. */
  async crash(): Promise<void> {
    this.kill();
    const made = this.#make();
    this.broker = made.broker;
    this.faults = made.faults;
    this.streams = made.streams;
    this.#api = made.api;
    this.#isAlive = true;
    await this.broker.start();
  }

  /** A quote, a second after what came before; sizes are without bound unless given. */
  async quote(
    bid: number,
    ask: number,
    { k = 0, size = 0, after = SECOND }: { k?: number; size?: number; after?: number } = {},
  ): Promise<void> {
    const scale = 10 ** (this.instruments[k]?.priceIncrement.decimals ?? 5);
    const at = this.market.now - TEST_START + after;
    this.market.quote({
      at,
      k,
      bid: Math.round(bid * scale),
      ask: Math.round(ask * scale),
      size,
    });
    await this.broker.turn();
    this.streams.pump();
  }

  async pass(us: number): Promise<void> {
    this.market.now = (this.market.now + us) as TimeUs;
    await this.broker.turn();
  }

  /** The raw answer to a request. */
  async raw(
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const request = new Request(`http://broker${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return await this.#api.answer(request, {
      remoteAddress: this.remoteAddress,
      cut: () => this.cuts.push(`${method} ${path}`),
    });
  }

  /** An answer below `/v3`, which the document must know. */
  async call(method: string, path: string, body?: unknown, headers = {}): Promise<RigAnswer> {
    const full = `/v3${path}`;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await this.raw(method, full, text, headers);
    const answer = await response.json();
    const bare = full.split('?')[0] ?? '';
    const problem = theDocument()?.problem(method, bare, response.status, answer);
    assert.equal(problem, undefined);
    return { status: response.status, body: answer, headers: response.headers };
  }

  /** The same of the rig's account. */
  async account(method: string, path: string, body?: unknown): Promise<RigAnswer> {
    return await this.call(method, `/accounts/${ACCOUNT_ID}${path}`, body);
  }

  async order(order: unknown): Promise<RigAnswer> {
    return await this.account('POST', '/orders', { order });
  }

  async marketOrder(units: string, more: object = {}): Promise<RigAnswer> {
    return await this.order({ type: 'MARKET', instrument: 'EUR_USD', units, ...more });
  }

  async fact(fact: object): Promise<RigAnswer> {
    const response = await this.raw('POST', '/control/facts', JSON.stringify(fact));
    const { status, headers } = response;
    return { status, body: await response.json(), headers };
  }

  async setFaults(faults: readonly object[]): Promise<void> {
    const response = await this.raw('PUT', '/control/faults', JSON.stringify(faults));
    assert.equal(response.status, 200);
  }

  /** Every transaction of the account; their numbers are dense. */
  async transactions(): Promise<readonly RigAnswer['body'][]> {
    const { body } = await this.account('GET', '/transactions/sinceid?id=0');
    for (const [at, one] of body.transactions.entries()) assert.equal(one.id, String(at + 1));
    return body.transactions;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Checks an object of a stream by the document. */
export function checkItem(
  item: { readonly type: string },
  stream: 'prices' | 'transactions',
): void {
  const isBeat = item.type === 'HEARTBEAT';
  const beat = stream === 'prices' ? 'PricingHeartbeat' : 'TransactionHeartbeat';
  const one = stream === 'prices' ? 'ClientPrice' : 'Transaction';
  assert.equal(theDocument()?.itemProblem(isBeat ? beat : one, item), undefined);
}
