import type { Book } from '../../kernel/book.ts';
import type { Order } from '../../kernel/orders/order.ts';
import { present } from '../../model/assert.ts';
import { clientOrderId, decisionId } from '../../model/ids.ts';
import { formatPrice, formatQuantity, type Instrument } from '../../model/instrument.ts';
import type { DecisionRef } from '../../model/order.ts';
import { formatUtc } from '../../model/time.ts';
import {
  type InstrumentIndex,
  type Money,
  NO_ORDER,
  NO_PRICE,
  NO_TIME,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';
import { moneyText } from './decimal-text.ts';

export interface RunIdentity {
  readonly instruments: readonly Instrument[];
  /** Ids of the strategies, in the order of the configuration. */
  readonly strategies: readonly string[];
  /** Decimals of the account currency. */
  readonly moneyDecimals: number;
  /** Prefix and nonce of the one boot that a backtest has. */
  readonly prefix: string;
  readonly nonce: string;
}

/** Turns the counts and handles of records into what a trader reads. */
export class RunNames {
  readonly #identity: RunIdentity;
  #book: Book | undefined;

  constructor(identity: RunIdentity) {
    this.#identity = identity;
  }

  /** Names the book whose orders the records are about; records come only after it. */
  follow(book: Book): void {
    this.#book = book;
  }

  get #followed(): Book {
    return present(this.#book, 'book of the run');
  }

  /** An order as it stands before the record that is being written. */
  order(handle: OrderHandle): Order {
    return present(this.#followed.orders.find(handle), `order ${handle}`);
  }

  /** Signed position of the strategies, before the record that is being written. */
  position(k: InstrumentIndex): Quantity {
    return present(this.#followed.account.positions[k], 'position').quantity;
  }

  instrument(k: InstrumentIndex): Instrument {
    return present(this.#identity.instruments[k], `instrument ${k}`);
  }

  symbol(k: InstrumentIndex): string {
    return this.instrument(k).symbol;
  }

  decisionId({ strategy, instrument, number }: DecisionRef): string {
    const id = present(this.#identity.strategies[strategy], `strategy ${strategy}`);
    return decisionId(id, this.symbol(instrument), number);
  }

  clientOrderId(handle: OrderHandle): string {
    const { prefix, nonce } = this.#identity;
    return clientOrderId(prefix, { nonce, handleBefore: NO_ORDER }, handle);
  }

  /** `undefined`, which JSON leaves out, where there is no price. */
  price(k: InstrumentIndex, price: Price): string | undefined {
    return price === NO_PRICE ? undefined : formatPrice(this.instrument(k), price);
  }

  quantity(k: InstrumentIndex, quantity: Quantity): string {
    return formatQuantity(this.instrument(k), quantity);
  }

  money(amount: Money): string {
    return moneyText(amount, this.#identity.moneyDecimals);
  }

  /** `undefined` where there is no time. */
  time(time: TimeUs): string | undefined {
    return time === NO_TIME ? undefined : formatUtc(time);
  }
}
