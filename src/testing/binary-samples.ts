import { type BadConfig, table } from './bad-configs.ts';

/** A configuration with every setting of the formats that are not text. */
export const BINARY_CONFIG = `{
  "id": "binary",
  "account": { "currency": "USD", "balance": "100000" },
  "instruments": { "use": ["EURUSD", "GBPUSD"] },
  "market": {
    "kind": "files",
    "sources": [
      {
        "symbol": "EURUSD",
        "files": ["2024020109h.bi5"],
        "format": { // of ticks
          "kind": "dukascopy_bi5",
          "path": "YYYYZMDDHHh.bi5",
          "decimals": 5,
          "priceGrid": "round",
          "sizeScale": "1000"
        }
      },
      {
        "symbol": "GBPUSD",
        "files": ["day_20240301.csv"],
        "format": {
          "kind": "parquet",
          "columns": { "time": "at", "bid": "b", "ask": "a", "bidSize": "bs", "askSize": "as" },
          "time": "epoch_ns",
          "zone": "Europe/London",
          "priceDecimals": 6,
          "priceGrid": "exact",
          "sizeScale": "10"
        }
      }
    ]
  },
  "strategies": [
    { "id": "one", "module": "./good.ts", "instruments": ["EURUSD"], "parameters": { "size": 1 } }
  ]
}
`;

/** Ways to spoil it. */
export const BAD_BINARY: readonly BadConfig[] = table(
  'config',
  `
market.sources.entry ¦ "symbol": "EURUSD", ¦ "symbol": "EURUSD", "entry": "*", ¦ impossible
market.sources.format.path ¦ "YYYYZMDDHHh.bi5" ¦ "YYYYZMDD.bi5" ¦ format
market.sources.format.path ¦ "path": "YYYYZMDDHHh.bi5", ¦ ¦ missing ¦ // of ticks
market.sources.format.decimals ¦ "decimals": 5, ¦ ¦ missing ¦ // of ticks
market.sources.format.decimals ¦ "decimals": 5 ¦ "decimals": 10 ¦ range
market.sources.format.priceDecimals ¦ "priceDecimals": 6 ¦ "priceDecimals": -1 ¦ range
`,
);
