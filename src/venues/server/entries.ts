import type { OrderSpec } from './order-spec.ts';
import type { ClientExtensions, WireObject } from './wire.ts';

export type OrderState = 'PENDING' | 'FILLED' | 'TRIGGERED' | 'CANCELLED';

/** An order of the account, pending or ended. */
export interface OrderEntry {
  /** Number of the transaction that created it. */
  readonly id: number;
  /** By which the matching core knows it; it is filled at most once. */
  readonly handle: number;
  readonly spec: OrderSpec;
  readonly created: string;
  /** What a fill of it says as its reason. */
  readonly fillReason: string;
  state: OrderState;
  client: ClientExtensions | undefined;
  tradeClient: ClientExtensions | undefined;
  /** Price of a stop-loss now: a trailing one moves, one by distance is set from the market. */
  stop: number;
  /** A market-if-touched order that waits for the price to fall (to rise, where false). */
  fromAbove: boolean;
  /** It is kept here until it is touched, and the matching core does not know it. */
  held: boolean;
  /** When a held order ends; 0 never. */
  expiresAt: number;
  /** Fields that its end added. */
  end: WireObject;
}

/** What one opening fill brought into the account. */
export interface Trade {
  /** Number of the transaction that opened it. */
  readonly id: number;
  /** Of the order that opened it: names the lot in the account. */
  readonly handle: number;
  readonly instrument: number;
  readonly price: number;
  readonly opened: string;
  readonly initialUnits: number;
  readonly initialMargin: bigint;
  /** Signed: negative is short. */
  units: number;
  realized: bigint;
  financing: bigint;
  /** Sum of price × units over its closings. */
  closedValue: bigint;
  closings: readonly number[];
  closed: string | undefined;
  client: ClientExtensions | undefined;
  /** Pending orders on it, by kind; 0 where there is none. */
  orders: { TAKE_PROFIT: number; STOP_LOSS: number; TRAILING_STOP_LOSS: number };
}

/** What stands still of the account between requests, as it is saved. */
export interface AccountState {
  created: string;
  alias: string;
  isClosed: boolean;
  isLocked: boolean;
  isOrderCreationLocked: boolean;
  lastFill: string;
  resettableSince: string;
  /** Realised profit at the last reset. */
  resettableBase: bigint;
  marginCallSince: string;
  marginCallExtensions: number;
  marginCallExtended: string;
  /** Instruments that do not trade. */
  halted: readonly number[];
  /** Most units that each quote of an instrument offers; by instrument. */
  liquidity: readonly (readonly [number, number])[];
  lastHandle: number;
  requests: number;
}

export function blankAccountState(): AccountState {
  return {
    created: '',
    alias: '',
    isClosed: false,
    isLocked: false,
    isOrderCreationLocked: false,
    lastFill: '',
    resettableSince: '',
    resettableBase: 0n,
    marginCallSince: '',
    marginCallExtensions: 0,
    marginCallExtended: '',
    halted: [],
    liquidity: [],
    lastHandle: 0,
    requests: 0,
  };
}

/** JSON with whole numbers of any size as `{"$": "digits"}`. */
export function saveText(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? { $: String(one) } : one));
}

export function loadText(text: string): unknown {
  return JSON.parse(text, (_, one) =>
    typeof one === 'object' && one !== null && '$' in one ? BigInt(one.$) : one,
  );
}
