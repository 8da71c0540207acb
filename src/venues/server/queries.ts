import { formatDecimal } from '../../model/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import { changesSince } from './changes.ts';
import type { OrderEntry, Trade } from './entries.ts';
import { parseWireTime, wireName, wireTime } from './format.ts';
import type { Ledger } from './ledger.ts';
import { ORDER_UNITS_MAX } from './order-desk.ts';
import { homeConversions, pricedWithFactors } from './prices.ts';
import { transactionFilter } from './transaction-filter.ts';
import {
  accountDetails,
  accountSummary,
  openInstruments,
  orderView,
  positionView,
  tradedInstruments,
  tradeView,
} from './views.ts';
import { type Answer, refusal, type WireObject } from './wire.ts';

/** Parameters of a query, as they stand behind the `?`. */
export type Query = Readonly<Record<string, string | undefined>>;

const LIST_DEFAULT = 50;
const LIST_MAX = 500;
const PAGE_DEFAULT = 100;
const PAGE_MAX = 1000;
const IDS_MAX = 1000;
const INVALID = 400;
const RANGE = 416;

function invalid(name: string): Answer {
  return refusal(INVALID, `Invalid value specified for '${name}'`);
}

function wholeNumber(text: string | undefined, otherwise: number): number | undefined {
  if (text === undefined) return otherwise;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function ok(ledger: Ledger, body: WireObject): Answer {
  return { status: 200, body: { ...body, lastTransactionID: String(ledger.log.last) } };
}

/** Everything that is read of an account. It changes nothing. */
export class Queries {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  accounts(): Answer {
    const { accountId } = this.#ledger.config;
    return { status: 200, body: { accounts: [{ id: accountId, tags: [] }] } };
  }

  account(): Answer {
    return ok(this.#ledger, { account: accountDetails(this.#ledger) });
  }

  summary(): Answer {
    return ok(this.#ledger, { account: accountSummary(this.#ledger) });
  }

  instruments({ instruments }: Query): Answer {
    const names = instruments?.split(',') ?? this.#ledger.format.instruments.map(wireName);
    const found = names.map((name) => this.#ledger.format.find(name));
    if (found.includes(undefined)) return invalid('instruments');
    return ok(this.#ledger, {
      instruments: found.flatMap((k) =>
        k === undefined ? [] : [instrumentView(this.#ledger.format.instrument(k))],
      ),
    });
  }

  changes({ sinceTransactionID }: Query): Answer {
    const { log } = this.#ledger;
    const since = wholeNumber(sinceTransactionID, -1);
    if (since === undefined || since < 0) return invalid('sinceTransactionID');
    if (since > log.last || since < log.first - 1) {
      return refusal(RANGE, 'The transaction ID is beyond what is kept', 'INVALID_RANGE');
    }
    return { status: 200, body: changesSince(this.#ledger, since) };
  }

  orders({ ids, state = 'PENDING', instrument, count, beforeID }: Query): Answer {
    const all = [...this.#ledger.orders.values()].filter(
      (order) => state === 'ALL' || order.state === state,
    );
    const list = this.#listed(all, { ids, instrument, count, beforeID }, (order) => ({
      id: order.id,
      k: order.spec.instrument,
    }));
    if ('status' in list) return list;
    return ok(this.#ledger, { orders: list.map((order) => orderView(this.#ledger, order)) });
  }

  /** The newest first: of a list by ids, instrument, number and the id that they come before. */
  #listed<T>(
    all: readonly T[],
    { ids, instrument, count, beforeID }: Query,
    about: (one: T) => { readonly id: number; readonly k: number },
  ): readonly T[] | Answer {
    const most = wholeNumber(count, LIST_DEFAULT);
    const before = wholeNumber(beforeID, Number.MAX_SAFE_INTEGER);
    if (most === undefined || most < 1 || most > LIST_MAX) return invalid('count');
    if (before === undefined) return invalid('beforeID');
    const k = instrument === undefined ? undefined : this.#ledger.format.find(instrument);
    if (instrument !== undefined && k === undefined) return invalid('instrument');
    const wanted = ids === undefined ? undefined : new Set(ids.split(','));
    const chosen = all.filter((one) => {
      const { id, k: own } = about(one);
      if (id >= before || (k !== undefined && own !== k)) return false;
      return wanted === undefined || wanted.has(String(id));
    });
    return chosen.reverse().slice(0, most);
  }

  pendingOrders(): Answer {
    const pending = [...this.#ledger.pending.values()].reverse();
    return ok(this.#ledger, { orders: pending.map((order) => orderView(this.#ledger, order)) });
  }

  /** By id; by `@` and client id it is the pending one, since only those are unique. */
  order(specifier: string): Answer {
    const order = this.#findOrder(specifier);
    if (order === undefined) {
      return refusal(404, 'The order specified does not exist', 'NO_SUCH_ORDER');
    }
    return ok(this.#ledger, { order: orderView(this.#ledger, order) });
  }

  #findOrder(specifier: string): OrderEntry | undefined {
    if (!specifier.startsWith('@')) return this.#ledger.orders.get(Number(specifier));
    const wanted = specifier.slice(1);
    for (const order of this.#ledger.pending.values()) {
      if (order.client?.id === wanted) return order;
    }
    return undefined;
  }

  trades({ ids, state = 'OPEN', instrument, count, beforeID }: Query): Answer {
    const all = [...this.#ledger.trades.values()].filter(
      ({ units }) => state === 'ALL' || (state === 'OPEN') === (units !== 0),
    );
    const list = this.#listed(all, { ids, instrument, count, beforeID }, (trade) => ({
      id: trade.id,
      k: trade.instrument,
    }));
    if ('status' in list) return list;
    return ok(this.#ledger, { trades: list.map((one) => tradeView(this.#ledger, one, false)) });
  }

  openTrades(): Answer {
    const open = [...this.#ledger.openTrades()].reverse();
    return ok(this.#ledger, { trades: open.map((one) => tradeView(this.#ledger, one, false)) });
  }

  trade(specifier: string): Answer {
    const trade = this.#findTrade(specifier);
    if (trade === undefined) {
      return refusal(404, 'The trade specified does not exist', 'NO_SUCH_TRADE');
    }
    return ok(this.#ledger, { trade: tradeView(this.#ledger, trade, false) });
  }

  #findTrade(specifier: string): Trade | undefined {
    if (!specifier.startsWith('@')) return this.#ledger.trades.get(Number(specifier));
    const wanted = specifier.slice(1);
    return this.#ledger.openTrades().find(({ client }) => client?.id === wanted);
  }

  positions(): Answer {
    const all = tradedInstruments(this.#ledger);
    return ok(this.#ledger, { positions: all.map((k) => positionView(this.#ledger, k)) });
  }

  openPositions(): Answer {
    const open = openInstruments(this.#ledger);
    return ok(this.#ledger, { positions: open.map((k) => positionView(this.#ledger, k)) });
  }

  position(instrument: string): Answer {
    const k = this.#ledger.format.find(instrument);
    if (k === undefined) return refusal(404, 'The instrument is unknown', 'NO_SUCH_POSITION');
    return ok(this.#ledger, { position: positionView(this.#ledger, k) });
  }

  pricing({ instruments, since, includeHomeConversions }: Query): Answer {
    const { format, board } = this.#ledger;
    if (instruments === undefined) return invalid('instruments');
    const found = instruments.split(',').map((name) => format.find(name));
    const from = since === undefined ? 0 : parseWireTime(since);
    if (found.includes(undefined)) return invalid('instruments');
    if (from === undefined) return invalid('since');
    const prices = found.flatMap((k): WireObject[] => {
      if (k === undefined || (board.time[k] ?? 0) <= from) return [];
      const price = pricedWithFactors(this.#ledger, k);
      return price === undefined ? [] : [price];
    });
    const withHome = includeHomeConversions?.toLowerCase() === 'true';
    const home = withHome ? { homeConversions: homeConversions(this.#ledger) } : {};
    return { status: 200, body: { prices, ...home, time: wireTime(this.#ledger.now) } };
  }

  transaction(id: string): Answer {
    const transaction = /^\d{1,15}$/.test(id) ? this.#ledger.log.get(Number(id)) : undefined;
    if (transaction === undefined) {
      return refusal(404, 'The transaction specified does not exist', 'NO_SUCH_TRANSACTION');
    }
    return ok(this.#ledger, { transaction });
  }

  transactionRange({ from, to, type }: Query): Answer {
    const first = wholeNumber(from, -1);
    const last = wholeNumber(to, -1);
    if (first === undefined || first < 1) return invalid('from');
    if (last === undefined || last < first) return invalid('to');
    return this.#transactions(first, last, type);
  }

  transactionsSince({ id, type }: Query): Answer {
    const since = wholeNumber(id, -1);
    if (since === undefined || since < 0) return invalid('id');
    return this.#transactions(since + 1, this.#ledger.log.last, type);
  }

  #transactions(first: number, last: number, type: string | undefined): Answer {
    const { log } = this.#ledger;
    // A client that asks beyond the end, or for what is gone, must not take nothing for an answer.
    const isBeyond = first > log.last + 1 || last > log.last || first < log.first;
    if (isBeyond) return refusal(RANGE, 'The range is beyond what is kept', 'INVALID_RANGE');
    const wanted = transactionFilter(type);
    if (wanted === undefined) return invalid('type');
    // A long answer is cut at the end: `lastTransactionID` says that there is more.
    const chosen = log.range(first, Math.min(last, first + IDS_MAX - 1)).filter(wanted);
    return ok(this.#ledger, { transactions: chosen });
  }

  /** Pages of a span of time, each a range of ids. */
  transactionPages({ from, to, pageSize, type }: Query, root: string): Answer {
    const { log, account, now } = this.#ledger;
    const size = wholeNumber(pageSize, PAGE_DEFAULT);
    const start = parseWireTime(from ?? account.created);
    const end = parseWireTime(to ?? wireTime(now));
    const wanted = transactionFilter(type);
    if (size === undefined || size < 1 || size > PAGE_MAX) return invalid('pageSize');
    if (start === undefined) return invalid('from');
    if (end === undefined || end < start) return invalid('to');
    if (wanted === undefined) return invalid('type');
    const [low, high] = [wireTime(start), wireTime(end)];
    const chosen = log
      .range(log.first, log.last)
      .filter((one) => one.time >= low && one.time <= high && wanted(one));
    const pages: string[] = [];
    for (let at = 0; at < chosen.length; at += size) {
      const page = chosen.slice(at, at + size);
      const types = type === undefined ? '' : `&type=${encodeURIComponent(type)}`;
      const ids = `from=${page[0]?.id}&to=${page.at(-1)?.id}`;
      pages.push(`${root}/transactions/idrange?${ids}${types}`);
    }
    return ok(this.#ledger, {
      from: low,
      to: high,
      pageSize: size,
      ...(type === undefined ? {} : { type: type.split(',') }),
      count: chosen.length,
      pages,
    });
  }
}

const TYPES: Readonly<Record<string, string>> = { metal: 'METAL', fx: 'CURRENCY' };

function instrumentView(instrument: Instrument): WireObject {
  const { assetClass, base, quote, priceIncrement, sizeIncrement, pipSize, marginRate } =
    instrument;
  const pipDigits = String(pipSize.coefficient).length - 1 - pipSize.decimals;
  return {
    name: wireName(instrument),
    type: TYPES[assetClass] ?? 'CFD',
    displayName: `${base}/${quote}`,
    pipLocation: pipDigits,
    displayPrecision: priceIncrement.decimals,
    tradeUnitsPrecision: sizeIncrement.decimals,
    minimumTradeSize: formatDecimal(sizeIncrement),
    maximumTrailingStopDistance: formatDecimal({ ...pipSize, coefficient: 1_000_000n }),
    minimumTrailingStopDistance: formatDecimal(priceIncrement),
    maximumPositionSize: '0',
    maximumOrderUnits: formatDecimal({
      coefficient: sizeIncrement.coefficient * BigInt(ORDER_UNITS_MAX),
      decimals: sizeIncrement.decimals,
    }),
    marginRate: formatDecimal(marginRate),
  };
}
