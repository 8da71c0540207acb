/** One way to spoil a good configuration, and what must be said of it. */
export interface BadConfig {
  /** The setting that it spoils. */
  readonly covers: string;
  /** Text of the good configuration, there once, and what stands in its place. */
  readonly find: string;
  readonly replace: string;
  /** Code of the one issue. */
  readonly code: string;
  /** Text in the line of the issue, where that is not the line of the replacement. */
  readonly at: string;
}

/** Rows: setting ¦ text to find ¦ replacement ¦ last part of the code ¦ text in its line. */
export function table(root: string, text: string): readonly BadConfig[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const cells = line.split('¦').map((cell) => cell.trim());
    const [covers = '', find = '', replace = '', last = '', at = ''] = cells;
    return { covers, find, replace, code: `${root}.${covers}.${last}`, at };
  });
}

/** What OWNUSD follows follows another itself. */
const CHAIN = '"EURUSD": { "follows": { "symbol": "USDJPY", "weight": "1" } }, "OWNUSD": {';

/** Of the synthetic sample. */
export const BAD_SYNTHETIC: readonly BadConfig[] = table(
  'config',
  `
$schema ¦ "./tiyf.schema.json" ¦ 5 ¦ type
id ¦ "id": "base", ¦ ¦ missing ¦ {
id ¦ "base" ¦ "Base" ¦ format
seed ¦ "seed": 3 ¦ "seed": -1 ¦ range
seed ¦ "seed": 3 ¦ "seed": 0.5 ¦ type
prefix ¦ "ABC" ¦ "A-C" ¦ format
account ¦ "account": { ¦ "account": { "zz": 1, ¦ unknown_key
account.currency ¦ "currency": "USD" ¦ "currency": "XXX" ¦ unknown
account.currency ¦ "currency": "USD" ¦ "currency": "usd" ¦ format
account.balance ¦ "balance": "100000" ¦ "balance": 100000 ¦ type
account.balance ¦ "balance": "100000" ¦ "balance": "1.0000001" ¦ too_fine
account.balance ¦ "balance": "100000" ¦ "balance": "0" ¦ range
account.balance ¦ "balance": "100000" ¦ "balance": "1e5" ¦ format
account.costBasis ¦ "lots" ¦ "fifo" ¦ choice
instruments ¦ "use": [ ¦ "used": 1, "use": [ ¦ unknown_key
instruments.use ¦ "USDJPY", "OWNUSD"] ¦ "USDJPY", "OWNUSD", "XXXYYY"] ¦ unknown
instruments.use ¦ "USDJPY", "OWNUSD"] ¦ "USDJPY", "OWNUSD", "EURUSD"] ¦ duplicate
instruments.use ¦ "USDJPY", "OWNUSD"] ¦ "USDJPY", "OWNUSD", "NZDCAD"] ¦ no_conversion
instruments.use ¦ "USDJPY", "OWNUSD"] ¦ "USDJPY", "OWNUSD", 7] ¦ type
instruments.file ¦ "own.json" ¦ "no-such.json" ¦ file_missing
instruments.file ¦ "own.json" ¦ "quotes" ¦ file_unreadable
instruments.file ¦ "own.json" ¦ "" ¦ empty
market ¦ "kind": "synthetic", ¦ "kind": "synthetic", "zz": 1, ¦ unknown_key
market.kind ¦ "kind": "synthetic" ¦ "kind": "real" ¦ choice
market.seed ¦ "seed": 9 ¦ "seed": 9007199254740993 ¦ range
market.from ¦ "2024-03-02T00:00:00Z" ¦ "2024-02-30T00:00:00Z" ¦ format
market.from ¦ "2024-03-02T00:00:00Z" ¦ "1999-12-31T00:00:00Z" ¦ range
market.to ¦ "2024-03-02T03:00:00Z" ¦ "2024-03-02T00:00:00Z" ¦ order
market.to ¦ "2024-03-02T03:00:00Z" ¦ "2024-03-02" ¦ format
market.to ¦ "to": "2024-03-02T03:00:00Z", ¦ ¦ missing ¦ "market": {
market.alwaysOpen ¦ "alwaysOpen": true ¦ "alwaysOpen": "yes" ¦ type
market.instruments ¦ "OWNUSD": { ¦ "GBPUSD": {}, "OWNUSD": { ¦ unknown
market.instruments ¦ "OWNUSD": { ¦ "OWNUSD": { "zz": 1, ¦ unknown_key
market.instruments ¦ "OWNUSD": { ¦ "ownusd": {}, "OWNUSD": { ¦ key
market.instruments.price ¦ "price": "50.00" ¦ "price": "50.005" ¦ off_increment
market.instruments ¦ "price": "50.00", ¦ ¦ missing ¦ "OWNUSD": {
market.instruments.dailyVolatilityBps ¦ "100", ¦ "-1", ¦ range
market.instruments.spread ¦ "0.05" ¦ "50" ¦ range
market.instruments.quotesPerSecond ¦ "0.5" ¦ "0" ¦ range
market.instruments.sizeMin ¦ "sizeMin": "10" ¦ "sizeMin": "10.5" ¦ off_increment
market.instruments.sizeMax ¦ "90" ¦ "9" ¦ order
market.instruments.profile ¦ "flat" ¦ "round" ¦ choice
market.instruments.follows ¦ "weight": "0.75" ¦ "weight": "0.75", "zz": 1 ¦ unknown_key
market.instruments.follows.symbol ¦ "symbol": "EURUSD" ¦ "symbol": "GBPUSD" ¦ unknown
market.instruments.follows.symbol ¦ "symbol": "EURUSD" ¦ "symbol": "OWNUSD" ¦ itself
market.instruments.follows.symbol ¦ "OWNUSD": { ¦ ${CHAIN} ¦ chain ¦ "symbol": "EURUSD"
market.instruments.follows.weight ¦ "weight": "0.75" ¦ "weight": "11" ¦ range
strategies ¦ "strategies": [ ¦ "strategies": [ 7, ¦ type
strategies ¦ "id": "one", ¦ "id": "one", "zz": 1, ¦ unknown_key
strategies.id ¦ "id": "two" ¦ "id": "one" ¦ duplicate
strategies.id ¦ "id": "two" ¦ "id": "t_w_o" ¦ format
strategies.module ¦ "./two.ts" ¦ "./no.ts" ¦ file_missing
strategies.module ¦ "./two.ts" ¦ "./text.txt" ¦ ending
strategies.module ¦ "./two.ts" ¦ "./throws.ts" ¦ throws
strategies.module ¦ "./two.ts" ¦ "./empty.ts" ¦ no_strategy
strategies.module ¦ "./two.ts" ¦ "./shape.ts" ¦ not_a_strategy
strategies.module ¦ "./two.ts" ¦ "./syntax.ts" ¦ syntax
strategies.module ¦ "./two.ts" ¦ "./imports.ts" ¦ import_missing
strategies.instruments ¦ ["EURUSD", "OWNUSD"] ¦ ["EURUSD", "GBPUSD"] ¦ unknown
strategies.instruments ¦ ["EURUSD", "OWNUSD"] ¦ ["EURUSD", "EURUSD"] ¦ duplicate
strategies.instruments ¦ ["EURUSD", "OWNUSD"] ¦ ["EURUSD", "USDJPY"] ¦ shared ¦ ["USDJPY"]
strategies.instruments ¦ ["EURUSD", "OWNUSD"] ¦ [] ¦ empty
strategies.parameters ¦ { "size": 1 } ¦ [1] ¦ type
strategies.parameters ¦ { "size": 1 } ¦ { "size": 98 } ¦ schema_throws
strategies.parameters ¦ { "size": 1 } ¦ { "size": 99 } ¦ not_plain
strategies.parameters ¦ { "size": 1 } ¦ { "size": 97 } ¦ create_failed
strategies.parameters ¦ { "size": 1 } ¦ { "size": "1" } ¦ size.invalid
strategies.parameters ¦ "note.txt" ¦ "no.txt" ¦ note.$file.file_missing
strategies.parameters ¦ "note.txt" ¦ 3 ¦ note.$file.type
strategies.parameters ¦ "note.txt" ¦ "note.txt", "b": 1 ¦ note.$file.alone
tradingState ¦ "exit_only" ¦ "paused" ¦ choice
orders ¦ "orders": { ¦ "orders": { "zz": 1, ¦ unknown_key
orders.intentAgeMax ¦ "3s" ¦ "3 s" ¦ format
orders.failures ¦ "failures": { ¦ "failures": { "zz": 1, ¦ unknown_key
orders.failures.max ¦ "max": 7 ¦ "max": 1 ¦ range
orders.failures.within ¦ "90s" ¦ "0s" ¦ range
orders.endedMax ¦ "endedMax": 500 ¦ "endedMax": 50 ¦ range
exits ¦ "exits": { ¦ "exits": { "zz": 1, ¦ unknown_key
exits.retry ¦ "retry": "strategy" ¦ "retry": "venue" ¦ choice
exits.retryOwn ¦ "retryOwn": "engine" ¦ "retryOwn": true ¦ choice
exits.attemptsMax ¦ "attemptsMax": 3 ¦ "attemptsMax": 0 ¦ range
idempotency ¦ "idempotency": { ¦ "idempotency": { "zz": 1, ¦ unknown_key
idempotency.order ¦ "order": { ¦ "order": { "zz": 1, ¦ unknown_key
idempotency.order.capacity ¦ "capacity": 100 ¦ "capacity": "100" ¦ type
idempotency.order.ttl ¦ "2h" ¦ "1ms" ¦ range
idempotency.cancel ¦ "cancel": { ¦ "cancel": { "zz": 1, ¦ unknown_key
idempotency.cancel.capacity ¦ "capacity": 70 ¦ "capacity": 7 ¦ range
idempotency.cancel.ttl ¦ "3h" ¦ "3 hours" ¦ format
idempotency.cancel.answerWithin ¦ "4s" ¦ "4us" ¦ range
killSwitch ¦ "killSwitch": { ¦ "killSwitch": { "zz": 1, ¦ unknown_key
killSwitch.doubtAge ¦ "4m" ¦ "1ms" ¦ range
killSwitch.venueLost ¦ "45s" ¦ 45 ¦ type
killSwitch.clockJump ¦ "700ms" ¦ "never" ¦ format
journal ¦ "journal": { ¦ "journal": { "zz": 1, ¦ unknown_key
journal.archiveAfter ¦ "7d" ¦ "7 days" ¦ format
journal.archiveAfter ¦ "7d" ¦ "1s" ¦ range
journal.archiveOver ¦ "2GiB" ¦ "2GB" ¦ format
journal.archiveOver ¦ "2GiB" ¦ "2KiB" ¦ range
journal.archiveOver ¦ "2GiB" ¦ 2147483648 ¦ type
journal.dropMarketDataAfter ¦ "91d" ¦ 91 ¦ type
journal.dropMarketDataAfter ¦ "91d" ¦ "6d" ¦ order
journal.dropMarketDataOver ¦ "30GiB" ¦ "-1GiB" ¦ format
journal.dropMarketDataOver ¦ "30GiB" ¦ "2047MiB" ¦ order
venue ¦ "kind": "sim", ¦ "kind": "sim", "zz": 1, ¦ unknown_key
venue.kind ¦ "kind": "sim" ¦ "kind": "real" ¦ choice
venue.oanda ¦ "kind": "sim" ¦ "kind": "oanda" ¦ missing ¦ "venue": {
venue.latency ¦ "latency": { ¦ "latency": { "zz": 1, ¦ unknown_key
venue.latency.submit ¦ "10ms" ¦ 10 ¦ type
venue.latency.cancel ¦ "20ms" ¦ "2h" ¦ range
venue.latency.report ¦ "30ms" ¦ "soon" ¦ format
venue.limitFill ¦ "through" ¦ "cross" ¦ choice
venue.commission ¦ "rate": "0.3", ¦ "rate": "0.3", "zz": 1, ¦ unknown_key
venue.commission.kind ¦ "kind": "bps" ¦ "kind": "flat" ¦ choice
venue.commission.kind ¦ "kind": "bps", ¦ ¦ missing
venue.commission.rate ¦ "rate": "0.3", ¦ ¦ missing
venue.commission.rate ¦ "0.3" ¦ "-0.3" ¦ range
venue.commission.amount ¦ "bps", "rate": "0.3", ¦ "per_unit", "amount": "x", ¦ format
venue.commission.minimum ¦ "0.1" ¦ 0.1 ¦ type
venue.slippage ¦ "model": "fixed_bps" ¦ "model": "zero" ¦ unknown_key
venue.slippage.model ¦ "fixed_bps" ¦ "spread" ¦ choice
venue.slippage.bps ¦ "0.25" ¦ "0.00001" ¦ too_fine
venue.slippage.bps ¦ "0.25" ¦ "101" ¦ range
venue.financing ¦ "financing": false ¦ "financing": null ¦ type
venue.marginCheck ¦ "marginCheck": false ¦ "marginCheck": 0 ¦ type
venue.transactionsKept ¦ "transactionsKept": 200 ¦ "transactionsKept": 2 ¦ range
results ¦ "results": { ¦ "results": { "zz": 1, ¦ unknown_key
results.equityInterval ¦ "5m" ¦ "2d" ¦ range
run ¦ "run": { ¦ "run": { "zz": 1, ¦ unknown_key
run.dataDirectory ¦ "state" ¦ "" ¦ empty
run.host ¦ "localhost" ¦ "" ¦ empty
run.port ¦ 8080 ¦ 65536 ¦ range
run.readTokenEnv ¦ "READ_TOKEN" ¦ "read token" ¦ format
run.controlTokenEnv ¦ "CONTROL_TOKEN" ¦ "READ_TOKEN" ¦ shared
run.stopWithin ¦ "6s" ¦ "1h" ¦ range
`,
);

/** Of the sample of recorded files. */
export const BAD_FILES: readonly BadConfig[] = table(
  'config',
  `
market.from ¦ "kind": "files", ¦ "kind": "files", "from": 20240301, ¦ type
market.to ¦ "kind": "files", ¦ "kind": "files", "to": "2050-01-01T00:00:00Z", ¦ range
market.sources ¦ "sources": [ ¦ "sources": [ 7, ¦ type
market.sources ¦ ["EURUSD", "GBPUSD"] ¦ ["EURUSD", "GBPUSD", "AUDUSD"] ¦ missing ¦ "sources": [
market.sources.symbol ¦ "symbol": "GBPUSD" ¦ "symbol": "AUDUSD" ¦ unknown
market.sources.symbol ¦ "symbol": "GBPUSD" ¦ "symbol": "EURUSD" ¦ duplicate
market.sources.files ¦ ["day_20240301.csv"] ¦ ["no_20240301.csv"] ¦ no_match
market.sources.files ¦ ["day_20240301.csv"] ¦ ["day_20240301.csv", "day_*"] ¦ duplicate
market.sources.files ¦ ["day_20240301.csv"] ¦ ["good.ts"] ¦ no_date
market.sources.files ¦ ["day_20240301.csv"] ¦ [] ¦ empty
market.sources.format ¦ "kind": "delimited", ¦ "kind": "delimited", "zz": 1, ¦ unknown_key
market.sources.format ¦ "bidSize": "bs" ¦ "bidSize": "at" ¦ impossible ¦ // of pounds
market.sources.format.kind ¦ "kind": "lean" ¦ "kind": "json" ¦ choice
market.sources.format.zone ¦ "zone": "UTC" ¦ "zone": "Mars/Olympus" ¦ unknown
market.sources.format.separator ¦ "semicolon" ¦ ";" ¦ choice
market.sources.format.header ¦ "header": true, ¦ ¦ missing ¦ // of pounds
market.sources.format.columns ¦ "time": "at" ¦ "zz": 1, "time": "at" ¦ unknown_key
market.sources.format.columns.time ¦ "at" ¦ "" ¦ empty
market.sources.format.columns.bid ¦ "bid": 2 ¦ "bid": 0 ¦ range
market.sources.format.columns.ask ¦ "ask": "ask", ¦ ¦ missing ¦ "columns": {
market.sources.format.columns.bidSize ¦ "bs" ¦ 1.5 ¦ choice
market.sources.format.columns.askSize ¦ "askSize": 5 ¦ "askSize": true ¦ choice
market.sources.format.time ¦ "time": "iso" ¦ "time": "excel" ¦ choice
market.sources.format.fileDate ¦ "*YYYYMMDD.csv" ¦ "*MMDD.csv" ¦ format
market.sources.format.filePeriod ¦ "filePeriod": "any" ¦ "filePeriod": "week" ¦ choice
market.sources.format.priceGrid ¦ "round" ¦ "floor" ¦ choice
market.sources.format.sizeScale ¦ "1000" ¦ "0" ¦ range
market.sources.entry ¦ "entry": "*.csv" ¦ "entry": 1 ¦ type
market.badRows ¦ "badRows": { ¦ "badRows": { "zz": 1, ¦ unknown_key
market.badRows.policy ¦ "policy": { ¦ "policy": { "zz": "skip", ¦ unknown_key
market.badRows.policy.unparseable ¦ "unparseable": "skip" ¦ "unparseable": "keep" ¦ choice
market.badRows.policy.off_grid ¦ "off_grid": "fail" ¦ "off_grid": "round" ¦ choice
market.badRows.policy.out_of_range ¦ "out_of_range": "skip" ¦ "out_of_range": "" ¦ choice
market.badRows.policy.non_positive ¦ "non_positive": "fail" ¦ "non_positive": 0 ¦ choice
market.badRows.policy.outside_file_period ¦ file_period": "skip" ¦ file_period": 1 ¦ choice
market.badRows.policy.time_backwards ¦ "time_backwards": "fail" ¦ "time_backwards": "sort" ¦ choice
market.badRows.policy.crossed ¦ "crossed": "skip" ¦ "crossed": "swap" ¦ choice
market.badRows.policy.absurd_jump ¦ "absurd_jump": "fail" ¦ "absurd_jump": true ¦ choice
market.badRows.maxSkippedShare ¦ "0.2" ¦ "1.01" ¦ range
market.badRows.maxJumpBps ¦ "maxJumpBps": 500 ¦ "maxJumpBps": -1 ¦ range
market.badRows.jumpConfirmRows ¦ "jumpConfirmRows": 3 ¦ "jumpConfirmRows": "3" ¦ type
`,
);

/** Of the sample of own instruments. */
export const BAD_INSTRUMENTS: readonly BadConfig[] = table(
  'config.instruments.file',
  `
$schema ¦ "./tiyf-instruments.schema.json" ¦ 1 ¦ type
instruments ¦ "instruments": [ ¦ "instruments": [ 7, ¦ type
instruments.symbol ¦ "symbol": "OWNUSD" ¦ "symbol": "EURUSD" ¦ built_in
instruments.symbol ¦ "symbol": "OWNUSD" ¦ "symbol": "own" ¦ format
instruments.override ¦ "override": false ¦ "override": true ¦ unknown
instruments.assetClass ¦ "equity" ¦ "share" ¦ choice
instruments.base ¦ "base": "OWN" ¦ "base": "own" ¦ format
instruments.quote ¦ "quote": "USD" ¦ "quote": "OWN" ¦ same
instruments.priceIncrement ¦ "0.01", "sizeIncrement" ¦ "0", "sizeIncrement" ¦ range
instruments.sizeIncrement ¦ "sizeIncrement": "1" ¦ "sizeIncrement": 1 ¦ type
instruments.pipSize ¦ "pipSize": "0.05" ¦ "pipSize": "0.015" ¦ off_increment
instruments.contractSize ¦ "100" ¦ "-100" ¦ range
instruments.marginRate ¦ "0.2" ¦ "1.5" ¦ range
instruments.sessions ¦ "sessions": { ¦ "sessions": { "zz": 1, ¦ unknown_key
instruments.sessions.timeZone ¦ "America/New_York" ¦ "America/Atlantis" ¦ unknown
instruments.sessions.weekly ¦ "weekly": [ ¦ "weekly": [ 7, ¦ type
instruments.sessions.weekly.open ¦ "09:30" ¦ "9:30" ¦ format
instruments.sessions.weekly.close ¦ ["Mon", "16:00"] ¦ ["Monday", "16:00"] ¦ choice
instruments.sessions.dayStart ¦ "00:00" ¦ "24:00" ¦ format
instruments.sessions.holidays ¦ "2024-07-04" ¦ "2023-02-29" ¦ format
instruments.settlementLagDays ¦ "settlementLagDays": 1 ¦ "settlementLagDays": 3 ¦ choice
instruments.financing ¦ "financing": { ¦ "financing": { "zz": 1, ¦ unknown_key
instruments.financing.longRate ¦ "-0.05" ¦ "-5 %" ¦ format
instruments.financing.shortRate ¦ "shortRate": "0.01" ¦ "shortRate": "11" ¦ range
instruments.financing.dayCount ¦ 365 ¦ 364 ¦ choice
`,
);
