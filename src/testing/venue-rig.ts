import { stateBytes } from '../journal/hashes.ts';
import { QuoteBoard } from '../market/quote-board.ts';
import { Decoder } from '../model/codec.ts';
import { InputKind } from '../model/inputs.ts';
import {
  blankTerms,
  ORDER_ROLES,
  type OrderTerms,
  OrderType,
  Side,
  TimeInForce,
} from '../model/order.ts';
import type { InstrumentIndex, OrderHandle, Price, Quantity, TimeUs } from '../model/units.ts';
import { LEDGER_KINDS, REPORT_KINDS, ReportKind } from '../model/venue.ts';
import type { SimVenueConfig } from '../venues/sim/config.ts';
import { isFact, type VenueFact } from '../venues/sim/messages.ts';
import { DUE_REPORT, DUE_REQUEST, SimVenue } from '../venues/sim/sim-venue.ts';
import { TEST_START, type TestSetup, testConfigs } from './builders.ts';

/** What a test asks the venue for, beside the defaults of a market order for one. */
export interface Ask {
  readonly side?: 'buy' | 'sell';
  readonly k?: number;
  readonly type?: 'market' | 'limit' | 'stop' | 'stopLimit';
  readonly tif?: keyof typeof TimeInForce;
  readonly quantity?: number;
  readonly limit?: number;
  readonly stop?: number;
  /** µs after the start of the test. */
  readonly expires?: number;
  readonly reduceOnly?: boolean;
  readonly stopLoss?: number;
  readonly takeProfit?: number;
  readonly clientOrderId?: string;
}

export interface VenueRigOptions extends Pick<TestSetup, 'instruments' | 'account' | 'venue'> {
  /** Plays the same scene with buys for sells, prices mirrored about this sum of bid and ask. */
  readonly mirror?: number;
}

const NO_LATENCY = { submitUs: 0, cancelUs: 0, reportUs: 0 };

/**
 * The simulated venue alone, driven as the loop drives it. Times are µs after the start of the
 * test; what the venue says is kept as short lines such as `1 fill 10 @ 100010`.
 */
export class VenueRig {
  readonly config: SimVenueConfig;
  readonly board: QuoteBoard;
  venue: SimVenue;
  readonly heard: { readonly at: number; readonly input: VenueFact }[] = [];
  readonly #mirror: number | undefined;
  #handle = 0;

  constructor(options: VenueRigOptions = {}) {
    const { mirror, ...setup } = options;
    const venue = { latency: NO_LATENCY, ...setup.venue };
    this.config = testConfigs({ ...setup, venue }).venue;
    this.board = new QuoteBoard(this.config.instruments.length);
    this.venue = new SimVenue(this.config, this.board);
    this.venue.open(TEST_START);
    this.#mirror = mirror;
  }

  /** Saves the venue and goes on with a new one restored from the bytes. */
  restart(): void {
    const next = new SimVenue(this.config, this.board);
    const decoder = new Decoder(stateBytes(this.venue));
    next.walk(decoder);
    decoder.end();
    this.venue = next;
  }

  #price(value: number | undefined): Price {
    if (value === undefined) return 0 as Price;
    return (this.#mirror === undefined ? value : this.#mirror - value) as Price;
  }

  /** Everything that comes before a quote at `at`. */
  #before(at: number): void {
    const time = TEST_START + at;
    const { due } = this.venue;
    for (;;) {
      const report = due[DUE_REPORT] as number;
      const request = due[DUE_REQUEST] as number;
      if (report <= time && report <= request) this.#hear(report);
      else if (request < time) this.venue.arrive();
      else return;
    }
  }

  #hear(time: number): void {
    const input = this.venue.takeReport(time as TimeUs);
    if (input !== undefined && isFact(input)) this.heard.push({ at: time - TEST_START, input });
  }

  /** A quote; `bidSize` and `askSize` of 0 say that there are none. */
  quote(at: number, bid: number, ask: number, bidSize = 0, askSize = 0, k = 0): void {
    this.#before(at);
    const mirrored = this.#mirror !== undefined;
    this.board.bid[k] = mirrored ? this.#price(ask) : bid;
    this.board.ask[k] = mirrored ? this.#price(bid) : ask;
    this.board.bidSize[k] = mirrored ? askSize : bidSize;
    this.board.askSize[k] = mirrored ? bidSize : askSize;
    this.board.time[k] = TEST_START + at;
    this.venue.quoted(k);
  }

  /** Lets everything happen up to `at`, requests that arrive then included. */
  until(at: number): this {
    this.#before(at);
    while ((this.venue.due[DUE_REQUEST] as number) <= TEST_START + at) {
      this.venue.arrive();
      this.#before(at);
    }
    return this;
  }

  /** Sends an order; a bracket takes the next handles for its children. */
  send(at: number, ask: Ask): OrderHandle {
    this.#before(at);
    this.#handle += 1;
    const order = this.#handle as OrderHandle;
    const hasStop = ask.stopLoss !== undefined;
    const hasTarget = ask.takeProfit !== undefined;
    const send = {
      order,
      clientOrderId: ask.clientOrderId ?? `c${order}`,
      decision: { strategy: 0, instrument: (ask.k ?? 0) as InstrumentIndex, number: order },
      terms: this.#terms(ask),
      stopLossOrder: (hasStop ? order + 1 : 0) as OrderHandle,
      takeProfitOrder: (hasTarget ? order + (hasStop ? 2 : 1) : 0) as OrderHandle,
    };
    this.#handle += (hasStop ? 1 : 0) + (hasTarget ? 1 : 0);
    this.venue.submit(send, (TEST_START + at) as TimeUs);
    return order;
  }

  #terms(ask: Ask): OrderTerms {
    const buys = (ask.side ?? 'buy') === 'buy';
    const type = ask.type ?? 'market';
    return {
      ...blankTerms(),
      instrument: (ask.k ?? 0) as InstrumentIndex,
      side: buys === (this.#mirror === undefined) ? Side.buy : Side.sell,
      type: OrderType[type],
      timeInForce: TimeInForce[ask.tif ?? (type === 'market' ? 'ioc' : 'gtc')],
      quantity: (ask.quantity ?? 1) as Quantity,
      limitPrice: this.#price(ask.limit),
      stopPrice: this.#price(ask.stop),
      expireTime: (ask.expires === undefined ? 0 : TEST_START + ask.expires) as TimeUs,
      reduceOnly: ask.reduceOnly ?? false,
      stopLoss: this.#price(ask.stopLoss),
      takeProfit: this.#price(ask.takeProfit),
    };
  }

  cancel(at: number, order: OrderHandle): void {
    this.#before(at);
    this.venue.cancel({ order, attempt: 1 }, (TEST_START + at) as TimeUs);
  }

  replace(at: number, order: OrderHandle, change: Pick<Ask, 'quantity' | 'limit' | 'stop'>): void {
    this.#before(at);
    const send = {
      order,
      attempt: 1,
      quantity: (change.quantity ?? 1) as Quantity,
      limitPrice: this.#price(change.limit),
      stopPrice: this.#price(change.stop),
    };
    this.venue.replace(send, (TEST_START + at) as TimeUs);
  }

  get position(): number {
    const held = this.venue.account.positions[0]?.quantity ?? 0;
    return this.#mirror === undefined ? held : 0 - held;
  }

  /** What was said so far, a line each; with the moment at which it was heard, if asked. */
  said(withTimes = false): string[] {
    return this.heard.map(({ at, input }) => `${withTimes ? `${at}: ` : ''}${this.#line(input)}`);
  }

  /** Only the fills. */
  fills(): string[] {
    return this.said().filter((line) => line.includes('fill '));
  }

  #line(input: VenueFact): string {
    switch (input.kind) {
      case InputKind.fill: {
        const { order, quantity, price } = input.fill;
        return `${order} fill ${quantity} @ ${this.#price(price)}`;
      }
      case InputKind.ledger:
        return `${LEDGER_KINDS[input.ledger.fact]} ${input.ledger.amount} ${input.ledger.reason}`;
      case InputKind.report: {
        const { order, report, reason, quantity, limitPrice, stopPrice, role } = input.report;
        const words: (string | number)[] = [order, REPORT_KINDS[report]];
        if (report === ReportKind.childAccepted) words.push(ORDER_ROLES[role] ?? '');
        if (report === ReportKind.replaced || report === ReportKind.childAccepted) {
          words.push(quantity, '@', this.#price(limitPrice > 0 ? limitPrice : stopPrice));
        }
        return [...words, ...(reason === '' ? [] : [reason])].join(' ');
      }
    }
  }
}

/** Plays a scene for buys, and mirrored for sells: what is said must be the same. */
export function bothSides(
  scene: (rig: VenueRig) => void,
  options: VenueRigOptions = {},
  mirror = 200_010,
): void {
  scene(new VenueRig(options));
  scene(new VenueRig({ ...options, mirror }));
}
