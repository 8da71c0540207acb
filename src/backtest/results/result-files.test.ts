import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Book } from '../../kernel/book.ts';
import { OrderEvent } from '../../kernel/orders/life-cycle.ts';
import { DENY_REASONS, GATE_NAMES, TradingState } from '../../model/gate.ts';
import {
  blankTerms,
  OrderFlag,
  OrderRole,
  OrderState,
  OrderType,
  Side,
} from '../../model/order.ts';
import { Action, type KernelRecord, RecordKind } from '../../model/records.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import {
  type InstrumentIndex,
  type Money,
  NO_ORDER,
  NO_PRICE,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';
import { blankFill } from '../../model/venue.ts';
import { TEST_START, testConfigs, testInstrument } from '../../testing/builders.ts';
import { ResultFiles } from './result-files.ts';
import { RunNames } from './run-names.ts';

const CONFIG_HASH = `sha256:${'c'.repeat(64)}`;
const DATA_VERSION = `sha256:${'d'.repeat(64)}`;
const EURUSD = 0 as InstrumentIndex;
const DECISION = { strategy: 0, instrument: EURUSD, number: 1 };
const TERMS = {
  ...blankTerms(),
  quantity: 1000 as Quantity,
  stopLoss: 108_412 as Price,
  takeProfit: NO_PRICE,
};
const NO_CHANGE = { quantity: 0 as Quantity, limitPrice: NO_PRICE, stopPrice: NO_PRICE };
const MOVED = {
  kind: RecordKind.orderMoved,
  order: 1 as OrderHandle,
  edge: 0,
  flags: 0,
  brokerOrderId: '',
  reason: '',
  ...NO_CHANGE,
  venueTime: 0 as TimeUs,
  cursor: 0,
} as const;

/** Keys of a line that these tests look at one by one. */
type Line = Partial<
  Record<
    | 'brokerOrderId'
    | 'clientOrderId'
    | 'expireTime'
    | 'flags'
    | 'from'
    | 'limitPrice'
    | 'reason'
    | 'record'
    | 'side'
    | 'stopLossOrder'
    | 'stopPrice'
    | 'to',
    unknown
  >
>;

const later = (seconds: number): TimeUs => (TEST_START + seconds * US_PER_SECOND) as TimeUs;

/** An entry with a stop, filled and stopped out: what a kernel would record. */
const LIFE: readonly KernelRecord[] = [
  {
    kind: RecordKind.decision,
    action: Action.submit,
    decision: DECISION,
    key: 'k,1',
    terms: TERMS,
    order: NO_ORDER,
  },
  {
    kind: RecordKind.denial,
    decision: DECISION,
    gate: GATE_NAMES.indexOf('order_size'),
    reason: DENY_REASONS.indexOf('order_size_above_limit') as never,
    limit: '500',
    observed: '1000',
    shadow: true,
    entryOnly: true,
    allowed: 0 as Quantity,
    configHash: 'sha256:0',
  },
  {
    kind: RecordKind.intent,
    order: 1 as OrderHandle,
    decision: DECISION,
    key: 'k,1',
    terms: TERMS,
    requested: 1000 as Quantity,
    exitQuantity: 0 as Quantity,
    reservedPrice: 100_010 as Price,
    stopLossOrder: 2 as OrderHandle,
    takeProfitOrder: NO_ORDER,
  },
  { ...MOVED, event: OrderEvent.sent, from: OrderState.intended, to: OrderState.inFlight },
  {
    ...MOVED,
    event: OrderEvent.accepted,
    from: OrderState.inFlight,
    to: OrderState.working,
    brokerOrderId: '71',
    venueTime: later(1),
    cursor: 1,
  },
  {
    kind: RecordKind.fillBooked,
    fill: {
      ...blankFill(),
      order: 1 as OrderHandle,
      instrument: EURUSD,
      side: Side.buy,
      executionId: '72',
      quantity: 1000 as Quantity,
      price: 108_512 as Price,
      rate: { numerator: 2, denominator: 3 },
      commission: 35_000n as Money,
      balance: 99_999_965_000n as Money,
      venueTime: later(2),
      cursor: 2,
    },
    role: OrderRole.order,
    to: OrderState.filled,
    edge: 0,
    filled: 1000 as Quantity,
  },
  {
    kind: RecordKind.childOpened,
    order: 2 as OrderHandle,
    parent: 1 as OrderHandle,
    role: OrderRole.stopLoss,
    brokerOrderId: '73',
    quantity: 1000 as Quantity,
    limitPrice: NO_PRICE,
    stopPrice: 108_412 as Price,
    venueTime: later(2),
    cursor: 3,
  },
  {
    kind: RecordKind.replaceIntent,
    order: 2 as OrderHandle,
    attempt: 1,
    decision: { ...DECISION, number: 2 },
    quantity: 1000 as Quantity,
    limitPrice: NO_PRICE,
    stopPrice: 108_400 as Price,
  },
  {
    ...MOVED,
    order: 2 as OrderHandle,
    event: OrderEvent.replaceRefused,
    from: OrderState.working,
    to: OrderState.working,
    edge: 1,
    flags: OrderFlag.cancelPending | OrderFlag.lateFill,
    reason: 'said "no", twice',
    cursor: 4,
  },
  {
    kind: RecordKind.cancelIntent,
    order: 2 as OrderHandle,
    attempt: 1,
    decision: { ...DECISION, number: 3 },
  },
  { kind: RecordKind.tradingState, from: 0, to: TradingState.halted, by: 'test', reason: 'x' },
  {
    kind: RecordKind.tradeClosed,
    instrument: EURUSD,
    side: Side.buy,
    quantity: 1000 as Quantity,
    openTime: later(2),
    closeTime: later(3),
    entryCost: 108_512_333n,
    exitPrice: 108_410 as Price,
    pnlNative: -102_333n,
    pnl: -1_023_330n as Money,
    riskNative: 100_000n,
    decision: DECISION,
  },
  {
    kind: RecordKind.tradeClosed,
    instrument: EURUSD,
    side: Side.sell,
    quantity: 3 as Quantity,
    openTime: later(2),
    closeTime: later(4),
    entryCost: 325_537n,
    exitPrice: 108_500 as Price,
    pnlNative: 37n,
    pnl: 370n as Money,
    riskNative: -1n,
    decision: { ...DECISION, number: 4 },
  },
  {
    kind: RecordKind.equityMark,
    balance: 100_000_000_000n as Money,
    unrealized: -2_500_000n as Money,
    marginUsed: 21_702_400n as Money,
    peak: 100_001_000_000n as Money,
    maxDrawdown: 3_500_000n as Money,
  },
];

describe('result files', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tiyf-results-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  /** Writes records as a run does: each before it is applied to the book. */
  function write(records: readonly KernelRecord[], times = 1, symbol = 'EURUSD'): void {
    const strategies = [{ id: 'cross', definition: undefined as never, parameters: {} }];
    const instruments = [{ ...testInstrument('EURUSD'), symbol }];
    const { kernel } = testConfigs({ instruments });
    const book = new Book({ ...kernel, strategies: strategies as never });
    const names = new RunNames({
      instruments,
      strategies: ['cross'],
      moneyDecimals: 6,
      prefix: 'T',
      nonce: 'abcdefghij',
    });
    names.follow(book);
    const origin = { configHash: CONFIG_HASH, venue: 'sim' };
    using files = new ResultFiles(directory, names, origin);
    for (let i = 0; i < times; i++) {
      records.forEach((record, at) => {
        book.seq = at + 1;
        book.clock[0] = later(at);
        files.record(record, book.seq, book.time);
        if (times === 1) book.evolve(record);
      });
    }
    files.finish(DATA_VERSION, '{"summary": true}\n');
  }

  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const jsonLines = (name: string): unknown[] =>
    read(name)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

  test('trades.csv has one row a closed slice, each with the data version known at the end', () => {
    write(LIFE);
    const tail = `1,${CONFIG_HASH},sim,${DATA_VERSION}\n`;
    assert.equal(
      read('trades.csv'),
      'utc_ts_open,utc_ts_close,symbol,direction,entry_price,exit_price,volume_units,pnl_ccy,' +
        'pnl_r,decision_id,schema_version,config_hash,src_adapter,data_version\n' +
        '2024-01-01T00:00:02.000000Z,2024-01-01T00:00:03.000000Z,EURUSD,long,1.08512333,' +
        `1.08410,1000,-1.02333,-1.023330,cross/EURUSD/1,${tail}` +
        '2024-01-01T00:00:02.000000Z,2024-01-01T00:00:04.000000Z,EURUSD,short,1.0851233333,' +
        `1.08500,3,0.00037,,cross/EURUSD/4,${tail}`,
    );
  });

  test('equity.csv has one row a sample', () => {
    write(LIFE);
    assert.equal(
      read('equity.csv'),
      'utc_ts,balance,unrealized,equity,margin_used,peak,max_drawdown\n' +
        '2024-01-01T00:00:13.000000Z,100000.00,-2.50,99997.50,21.7024,100001.00,3.50\n',
    );
  });

  test('fills.jsonl says price, money and the position after', () => {
    write(LIFE);
    assert.equal(
      read('fills.jsonl'),
      '{"seq":6,"time":"2024-01-01T00:00:05.000000Z","venueTime":"2024-01-01T00:00:02.000000Z",' +
        '"executionId":"72","order":1,"clientOrderId":"Tabcdefghij1","brokerOrderId":"71",' +
        '"decisionId":"cross/EURUSD/1","symbol":"EURUSD","side":"buy","role":"order",' +
        '"quantity":"1000","price":"1.08512","filled":"1000","state":"filled",' +
        '"rate":"0.666666666667","rateExact":"2/3","realizedPnl":"0.00","commission":"0.035",' +
        '"balance":"99999.965","position":"1000"}\n',
    );
  });

  test('orders.jsonl tells the life of an order in the words of a trader', () => {
    write(LIFE);
    const lines = jsonLines('orders.jsonl') as Line[];
    const kinds = lines.map((line) => line.record);
    assert.deepEqual(kinds, [
      'decision',
      'denial',
      'intent',
      'order_moved',
      'order_moved',
      'fill',
      'child_opened',
      'replace_intent',
      'order_moved',
      'cancel_intent',
      'trading_state',
    ]);
    assert.deepEqual(lines[0], {
      seq: 1,
      time: '2024-01-01T00:00:00.000000Z',
      record: 'decision',
      decisionId: 'cross/EURUSD/1',
      action: 'submit',
      symbol: 'EURUSD',
      side: 'buy',
      type: 'market',
      timeInForce: 'gtc',
      quantity: '1000',
      stopLoss: '1.08412',
      key: 'k,1',
    });
    assert.deepEqual(lines[1], {
      seq: 2,
      time: '2024-01-01T00:00:01.000000Z',
      record: 'denial',
      decisionId: 'cross/EURUSD/1',
      symbol: 'EURUSD',
      gate: 'order_size',
      reason: 'order_size_above_limit',
      limit: '500',
      observed: '1000',
      mode: 'shadow',
      scope: 'entry',
    });
    assert.equal(lines[2]?.clientOrderId, 'Tabcdefghij1');
    assert.equal(lines[2]?.stopLossOrder, 2);
    assert.equal(lines[4]?.brokerOrderId, '71');
    assert.equal(lines[4]?.to, 'working');
    assert.deepEqual([lines[6]?.side, lines[6]?.stopPrice], ['sell', '1.08412']);
    assert.equal(lines[7]?.stopPrice, '1.08400');
    assert.deepEqual(lines[8]?.flags, ['cancel_pending', 'late_fill']);
    assert.equal(lines[8]?.reason, 'said "no", twice');
    assert.deepEqual([lines[10]?.from, lines[10]?.to], ['active', 'halted']);
  });

  test('prices of a limit order are decimals, and those it does not have are left out', () => {
    const terms = {
      ...blankTerms(),
      type: OrderType.limit,
      quantity: 5 as Quantity,
      limitPrice: 99 as Price,
      expireTime: later(9),
    };
    write([{ ...(LIFE[0] as KernelRecord & { kind: 64 }), terms }]);
    const [line] = jsonLines('orders.jsonl') as Line[];
    assert.equal(line?.limitPrice, '0.00099');
    assert.equal(line?.expireTime, '2024-01-01T00:00:09.000000Z');
    assert.equal('stopPrice' in (line ?? {}), false);
  });

  test('fields that need it are quoted, and a line end inside them is none', () => {
    write(LIFE, 1, 'EUR,"US\nD"');
    const [, first = ''] = read('trades.csv').split(`,${DATA_VERSION}\n`);
    assert.match(first, /,"EUR,""US\nD""",short,/);
    assert.equal(read('trades.csv').split(DATA_VERSION).length, 3);
  });

  test('rows beyond the size of a chunk all arrive, each whole', () => {
    const trades = LIFE.filter(({ kind }) => kind === RecordKind.tradeClosed);
    write(trades, 1000);
    const rows = read('trades.csv').trimEnd().split('\n').slice(1);
    assert.equal(rows.length, 2000);
    assert.ok(rows.every((row) => row.split(',').length === 14 && row.endsWith(DATA_VERSION)));
  });

  test('a run without trades has headers all the same, and no file beside the five', () => {
    write([]);
    assert.deepEqual(readdirSync(directory).sort(), [
      'equity.csv',
      'fills.jsonl',
      'orders.jsonl',
      'summary.json',
      'trades.csv',
    ]);
    assert.equal(read('trades.csv').split('\n').length, 2);
    assert.equal(read('orders.jsonl'), '');
    assert.equal(read('summary.json'), '{"summary": true}\n');
    assert.equal(existsSync(join(directory, 'trades.csv.rows')), false);
  });
});
