import type { AppliedInput } from '../../model/inputs.ts';
import { InputKind } from '../../model/inputs.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { InstrumentIndex, Money, OrderHandle, TimeUs } from '../../model/units.ts';
import { NO_ORDER } from '../../model/units.ts';
import {
  blankLedgerFact,
  blankReport,
  type LedgerFact,
  type OrderReport,
  type ReportKind,
} from '../../model/venue.ts';
import type { VenueReceiver } from '../venue-receiver.ts';
import type { Trades } from './trades.ts';

/** What a transaction is read against. */
export interface Scene {
  readonly instruments: readonly Instrument[];
  readonly byName: ReadonlyMap<string, InstrumentIndex>;
  /** Decimals of the account's money. */
  readonly decimals: number;
  readonly engine: VenueReceiver;
  readonly trades: Trades;
}

/** Where a transaction stands: its number in the log, and its time. */
export interface Place {
  readonly cursor: number;
  readonly venueTime: TimeUs;
}

/** What a word of OANDA's is called by the engine where it has one of its own for it. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ORDER_DOESNT_EXIST', 'order_not_open'],
  ['NO_SUCH_ORDER', 'order_not_open'],
  ['MARKET_HALTED', 'market_closed'],
  ['CLIENT_REQUEST', 'cancelled_by_client'],
]);

/** A reason in the engine's words: OANDA's in small letters, but for the few that have another. */
export function reasonOf(word: string | undefined): string {
  if (word === undefined) return '';
  return REASONS.get(word) ?? word.toLowerCase().slice(0, 120);
}

/**
 * The order of ours that a transaction speaks of: by the broker's number of it, which no change of
 * client extensions alters, else by the client order id.
 */
export function ownOrder(
  { engine }: Scene,
  brokerOrderId: string | undefined,
  clientOrderId: string | undefined,
): OrderHandle {
  const byBroker = brokerOrderId === undefined ? NO_ORDER : engine.byBrokerId(brokerOrderId);
  if (byBroker !== NO_ORDER || clientOrderId === undefined) return byBroker;
  return engine.resolve(clientOrderId);
}

export function reportInput(
  { cursor, venueTime }: Place,
  report: ReportKind,
  more: Partial<OrderReport>,
): AppliedInput {
  const whole = { ...blankReport(), cursor, venueTime, report, ...more };
  return { kind: InputKind.report, report: whole };
}

/** A fact of the account; where it states no balance, the engine's own stands. */
export function ledgerInput(
  { engine }: Scene,
  { cursor, venueTime }: Place,
  more: Partial<LedgerFact> & Pick<LedgerFact, 'fact'>,
): AppliedInput {
  const balance = (engine.balance + (more.amount ?? 0n)) as Money;
  const ledger = { ...blankLedgerFact(), cursor, venueTime, balance, ...more };
  return { kind: InputKind.ledger, ledger };
}
