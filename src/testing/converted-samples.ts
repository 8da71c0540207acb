import { type BadConfig, table } from './bad-configs.ts';

/** A configuration with every setting of the formats whose rows become quotes. */
export const CONVERTED_CONFIG = `{
  "id": "converted",
  "account": { "currency": "USD", "balance": "100000" },
  "instruments": {
    "use": ["EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "NZDUSD", "USDCAD", "USDCHF", "EURGBP"]
  },
  "market": {
    "kind": "files",
    "sources": [
      {
        "symbol": "EURUSD",
        "files": ["quo*/*_quote.csv"],
        "format": {
          "kind": "bars",
          "header": true,
          "columns": { "time": "bar", "symbol": "pair" },
          "prices": {
            "kind": "bid_ask",
            "bid": ["b1", 2, 3, 4],
            "ask": [7, 8, "a3", 10],
            "bidSize": 6,
            "askSize": "as"
          },
          "time": "compact_minute",
          "stamp": "start",
          "duration": "1h",
          "order": "olhc",
          "offsets": ["0", "0.1", "0.9", "0.99"],
          "priceScale": "0.0001"
        }
      },
      {
        "symbol": "GBPUSD",
        "files": ["quotes/*_quote.csv"],
        "format": { // of pounds
          "kind": "bars",
          "header": false,
          "columns": { "time": 1 },
          "prices": { // in two files
            "kind": "two_files",
            "ohlc": [2, 3, 4, 5],
            "bidFiles": "*01_quote.csv",
            "askFiles": "*02_quote.csv"
          },
          "time": "iso_minute",
          "stamp": "end",
          "duration": "1m"
        }
      },
      {
        "symbol": "USDJPY",
        "files": ["day_20240301.csv"],
        "format": {
          "kind": "bars",
          "header": false,
          "columns": { "time": 1 },
          "prices": { "kind": "single", "ohlc": [2, 3, 4, 6], "side": "bid", "spread": "0.011" },
          "time": "iso_date",
          "stamp": "start",
          "duration": "1d"
        }
      },
      {
        "symbol": "AUDUSD",
        "files": ["day_20240301.csv"],
        "format": {
          "kind": "bars",
          "header": true,
          "columns": { "time": "date" },
          "prices": { "kind": "close", "close": "last", "side": "mid", "spread": "0.00012" },
          "time": "iso_minute",
          "stamp": "start",
          "duration": "5m"
        }
      },
      {
        "symbol": "NZDUSD",
        "files": ["day_20240301.csv"],
        "format": { // of trades
          "kind": "trades",
          "header": true,
          "columns": { "time": "when", "price": "paid", "size": "amount", "side": "taker" },
          "sides": { "buy": "B", "sell": "S" },
          "spread": "0.00013",
          "time": "epoch_us"
        }
      },
      {
        "symbol": "USDCAD",
        "files": ["day_20240301.csv"],
        "format": {
          "kind": "one_sided",
          "header": false,
          "columns": { "time": 1, "bid": 2, "ask": 4 },
          "time": "epoch_ms"
        }
      },
      {
        "symbol": "USDCHF",
        "files": ["day_20240301.csv"],
        "format": { "kind": "histdata_m1", "spread": "0.00014", "order": "direction" }
      },
      {
        "symbol": "EURGBP",
        "files": ["day_20240301.csv"],
        "format": { "kind": "dukascopy", "layout": "jforex" }
      }
    ],
    "badRows": { "policy": { "crossed": "clamp", "unpaired": "skip" } }
  },
  "strategies": [
    { "id": "one", "module": "./good.ts", "instruments": ["EURUSD"], "parameters": { "size": 1 } }
  ]
}
`;

/** Ways to spoil it. */
export const BAD_CONVERTED: readonly BadConfig[] = table(
  'config',
  `
market.sources.files ¦ "*02_quote.csv" ¦ "*2024*" ¦ no_pair ¦ "files": ["quotes/*_quote.csv"],
market.sources.format.columns.symbol ¦ "symbol": "pair" ¦ "symbol": 0 ¦ range
market.sources.format.columns.price ¦ "price": "paid" ¦ "price": null ¦ choice
market.sources.format.columns.size ¦ "size": "amount" ¦ "size": 0.5 ¦ choice
market.sources.format.columns.side ¦ "side": "taker" ¦ "side": "" ¦ empty
market.sources.format.prices ¦ "kind": "bid_ask", ¦ "kind": "bid_ask", "zz": 1, ¦ unknown_key
market.sources.format.prices.kind ¦ "kind": "single" ¦ "kind": "trade" ¦ choice
market.sources.format.prices.bid ¦ ["b1", 2, 3, 4] ¦ ["b1", 2, 3] ¦ empty
market.sources.format.prices.ask ¦ [7, 8, "a3", 10] ¦ "ask" ¦ type
market.sources.format.prices.ohlc ¦ [2, 3, 4, 6] ¦ [2, 3, 4, 0] ¦ range
market.sources.format.prices.bidSize ¦ "bidSize": 6 ¦ "bidSize": -6 ¦ range
market.sources.format.prices.askSize ¦ "askSize": "as" ¦ "askSize": [] ¦ choice
market.sources.format.prices.bidFiles ¦ "bidFiles": "*01_quote.csv", ¦ ¦ missing ¦ // in two
market.sources.format.prices.askFiles ¦ "*02_quote.csv" ¦ 2 ¦ type
market.sources.format.prices.close ¦ "close": "last" ¦ "close": 0 ¦ range
market.sources.format.prices.side ¦ "side": "mid" ¦ "side": "last" ¦ choice
market.sources.format.prices.spread ¦ "spread": "0.00012" ¦ "spread": "0.000125" ¦ off_increment
market.sources.format.prices.spread ¦ "spread": "0.011" ¦ "spread": "-0.011" ¦ range
market.sources.format.prices.spread ¦ , "spread": "0.011" ¦ ¦ missing
market.sources.format.stamp ¦ "stamp": "end", ¦ ¦ missing ¦ // of pounds
market.sources.format.duration ¦ "duration": "1h" ¦ "duration": "0s" ¦ range
market.sources.format.duration ¦ "duration": "5m" ¦ "duration": "5 min" ¦ format
market.sources.format.order ¦ "olhc" ¦ "hloc" ¦ choice
market.sources.format.offsets ¦ "0.1", "0.9" ¦ "0.9", "0.1" ¦ order
market.sources.format.offsets ¦ "0.99"] ¦ "1.01"] ¦ range
market.sources.format.priceScale ¦ "0.0001" ¦ "0" ¦ range
market.sources.format.sides ¦ { "buy": "B", ¦ { "zz": 1, "buy": "B", ¦ unknown_key
market.sources.format.sides.buy ¦ "buy": "B" ¦ "buy": "" ¦ empty
market.sources.format.sides.sell ¦ "sell": "S" ¦ "sell": 2 ¦ type
market.sources.format.spread ¦ "spread": "0.00013", ¦ ¦ missing ¦ // of trades
market.sources.format.spread ¦ "0.00014" ¦ "0.000141" ¦ off_increment
market.sources.format.layout ¦ "jforex" ¦ "mt4" ¦ choice
market.badRows.policy.other_symbol ¦ "unpaired": "skip" ¦ "other_symbol": "keep" ¦ choice
market.badRows.policy.unpaired ¦ "unpaired": "skip" ¦ "unpaired": "join" ¦ choice
market.badRows.policy.broken_bar ¦ "unpaired": "skip" ¦ "broken_bar": "clamp" ¦ choice
`,
);
