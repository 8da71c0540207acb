import { fmix32 } from '../market/random.ts';
import { present } from '../model/assert.ts';
import type { FaultSource } from './faults.ts';
import type { HttpFault } from './http-faults.ts';
import type { SimulatedBroker } from './simulated-broker.ts';
import { INSTRUMENTS } from './simulated-config.ts';
import type { Timeline } from './timeline.ts';

const SECOND = 1_000_000;
const FACTS = [
  'transfer',
  'fee',
  'adjustment',
  'financing',
  'margin_call',
  'margin_closeout',
  'close_by_hand',
  'foreign_order',
  'foreign_fill',
  'trade_extensions',
  'account_reset',
  'orders_locked',
  'instrument_halt',
  'liquidity',
] as const satisfies readonly HttpFault[];
type FactFault = (typeof FACTS)[number];

/** What an account may have seen before an engine traded it. */
const PAST: readonly FactFault[] = [
  'transfer',
  'fee',
  'foreign_fill',
  'foreign_order',
  'financing',
];

/** What the broker alone decides, asked for at its own endpoint of facts, now and then (X24). */
export class BrokerLedger {
  readonly #broker: SimulatedBroker;
  readonly #faults: FaultSource<HttpFault>;
  readonly #timeline: Timeline;
  readonly #isThin: boolean = false;
  #isCalled = false;
  /** What was switched on and is to be switched off again. */
  readonly #switched = new Map<string, object>();

  constructor(
    broker: SimulatedBroker,
    faults: FaultSource<HttpFault>,
    timeline: Timeline,
    thin: boolean,
  ) {
    this.#isThin = thin;
    this.#broker = broker;
    this.#faults = faults;
    this.#timeline = timeline;
  }

  /** One opportunity for each kind of fact. */
  pass(): void {
    for (const fault of FACTS) {
      const drawn = this.#faults.meets(fault);
      if (drawn !== 0) this.#happens(fault, drawn);
    }
  }

  /** What happened to the account before the engine's first start, if anything did. */
  past(): void {
    const drawn = this.#faults.meets('past');
    if (drawn === 0) return;
    const facts = 1 + (drawn % 4);
    for (let i = 0; i < facts; i++) {
      const of = PAST[(drawn >>> (4 * i)) % PAST.length];
      if (of !== undefined) this.#happens(of, fmix32(drawn + i));
    }
  }

  /** Whatever stands in the way of trading ends: called until all of it has. */
  calm(): void {
    for (const [name, fact] of this.#switched) this.#ask(fact, () => this.#switched.delete(name));
  }

  get isCalm(): boolean {
    return this.#switched.size === 0;
  }

  #ask(fact: object, done: () => void = () => undefined): void {
    const path = '/control/facts';
    const body = JSON.stringify(fact);
    this.#broker.request({ method: 'POST', path, body }, (reply) => {
      if (reply.kind === 'answer' && reply.status < 300) done();
    });
  }

  #switch(name: string, on: object, off: object, us: number): void {
    this.#switched.set(name, off);
    this.#ask(on);
    this.#timeline.after(us, () => {
      if (this.#switched.has(name)) this.#ask(off, () => this.#switched.delete(name));
    });
  }

  #happens(fault: FactFault, drawn: number): void {
    const { base, quote } = present(INSTRUMENTS[drawn % INSTRUMENTS.length], 'instrument');
    const instrument = `${base}_${quote}`;
    const money = ((drawn >>> 8) % 5_000_000) - 2_500_000;
    const amount = (money / 1_000_000).toFixed(6);
    const seconds = 1 + (drawn % 5);
    switch (fault) {
      case 'transfer':
      case 'adjustment':
        this.#ask({ fact: fault, amount });
        return;
      case 'fee':
        this.#ask({ fact: fault, amount: (-Math.abs(money) / 1_000_000).toFixed(6) });
        return;
      case 'financing':
        this.#ask({ fact: fault, instrument, amount });
        return;
      case 'margin_call':
        this.#call(drawn);
        return;
      case 'margin_closeout':
      case 'account_reset':
        this.#ask({ fact: fault });
        return;
      case 'close_by_hand':
      case 'trade_extensions':
        this.#onTrade(fault, drawn);
        return;
      case 'foreign_order': {
        const units = String((1 + (drawn % 9)) * (drawn % 2 === 0 ? 1 : -1));
        const price = drawn % 2 === 0 ? '0.60000' : '1.90000';
        const order = { type: 'LIMIT', instrument, units, price };
        this.#ask({ fact: fault, order });
        return;
      }
      case 'foreign_fill': {
        const units = String((1 + (drawn % 9)) * (drawn % 2 === 0 ? 1 : -1));
        this.#ask({ fact: 'foreign_order', order: { type: 'MARKET', instrument, units } });
        return;
      }
      case 'orders_locked':
        this.#switch(
          fault,
          { fact: 'lock_orders', locked: true },
          { fact: 'lock_orders', locked: false },
          seconds * SECOND,
        );
        return;
      case 'instrument_halt': {
        const halt = { fact: 'halt', instrument };
        this.#switch(
          `${fault} ${instrument}`,
          { ...halt, halted: true },
          { ...halt, halted: false },
          seconds * SECOND,
        );
        return;
      }
      case 'liquidity': {
        if (!this.#isThin) return;
        const limit = { fact: fault, instrument };
        this.#switch(
          `${fault} ${instrument}`,
          { ...limit, units: String(1 + (drawn % 12)) },
          { ...limit, units: null },
          seconds * SECOND,
        );
        return;
      }
    }
  }

  #call(drawn: number): void {
    const next = drawn % 2 === 0 ? 'margin_call_exit' : 'margin_call_extend';
    const fact = this.#isCalled ? next : 'margin_call';
    this.#ask({ fact }, () => {
      this.#isCalled = fact !== 'margin_call_exit';
    });
  }

  #onTrade(fault: 'close_by_hand' | 'trade_extensions', drawn: number): void {
    const trades = this.#broker.ledger?.openTrades() ?? [];
    const trade = trades[drawn % Math.max(1, trades.length)];
    if (trade === undefined) return;
    const named = { fact: fault, trade: String(trade.id) };
    this.#ask(
      fault === 'close_by_hand' ? named : { ...named, clientExtensions: { comment: 'by hand' } },
    );
  }
}
