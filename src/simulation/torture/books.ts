/** Whole numbers of 10^-10: of a price, a size, an amount of money. */
export const BOOK_DECIMALS = 10;

/** An execution, as one side tells it. */
export interface Execution {
  /** Number of the broker's transaction. */
  readonly id: string;
  /** Client order id; empty of what was none of ours. */
  readonly order: string;
  readonly symbol: string;
  /** Negative of a sale. */
  readonly units: bigint;
  readonly price: bigint;
  /** Of the account, behind it. */
  readonly balance: bigint;
}

export interface OpenOrder {
  /** Client order id. */
  readonly order: string;
  readonly symbol: string;
  /** What could still fill, negative of a sale. */
  readonly units: bigint;
  readonly price: bigint;
}

interface Books {
  readonly executions: readonly Execution[];
  readonly open: readonly OpenOrder[];
  /** By symbol; what is not there is flat. */
  readonly positions: ReadonlyMap<string, bigint>;
  readonly balance: bigint;
  /** The last transaction that they know. */
  readonly cursor: number;
}

/** An order that has an intent, or that came with one. */
export interface JournaledOrder {
  readonly order: string;
  /** Empty of a child: it has no decision of its own. */
  readonly decision: string;
  /** By name, as the journal prints it. */
  readonly state: string;
  /** The most that it was ever allowed to fill. */
  readonly unitsMax: bigint;
  readonly isChild: boolean;
  /** Did it leave, or may it have? */
  readonly reached: boolean;
}

/** What the journal of an engine says. */
export interface JournalBooks extends Books {
  /** By client order id. */
  readonly orders: ReadonlyMap<string, JournaledOrder>;
}

/** An order that the broker made. */
export interface BrokerOrder {
  readonly id: string;
  /** Client order id; empty where it has none. */
  readonly order: string;
  /** Asked for by a client, and not what followed from another order. */
  readonly isAsked: boolean;
}

/** What the broker's own log and account say. */
export interface BrokerBooks extends Books {
  readonly orders: readonly BrokerOrder[];
}

/** What may be found, by name. */
export const DIFFERENCES = {
  sent_twice: 'no order is made twice under one client order id',
  decision_sent_twice: 'no decision makes two orders',
  executed_twice: 'no order is executed beyond what was asked for',
  order_unknown: 'no order with our prefix is without a durable intent',
  order_invented: 'no order is said to be at the broker that is not',
  released_without_ground: 'nothing is called not placed that was',
  fill_lost: 'every execution at the broker is booked',
  fill_invented: 'nothing is booked that was not executed',
  fill_booked_twice: 'no execution is booked twice',
  fill_differs: 'what is booked is what was executed, and the balance behind it the same',
  orders_differ: 'the open orders are those of the broker',
  positions_differ: 'the positions are those of the broker',
  cash_differs: 'the balance is that of the broker',
  cursor_differs: 'the journal knows the last transaction',
  no_progress: 'when faults stop, everything settles',
  engine_ended: 'the engine ends by nothing but a kill',
  broker_ended: 'the broker ends by nothing but a kill',
  broker_log_changed: 'what the broker told stays as it was told',
  journal_damaged: 'the whole journal can be verified at the end',
} as const;
export type DifferenceName = keyof typeof DIFFERENCES;

/** Something that does not hold. */
export interface Difference {
  readonly name: DifferenceName;
  readonly text: string;
}
