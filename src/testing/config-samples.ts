import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Every setting of every gate. Each text that a test spoils is there once. */
const GATES = `{
    "orderSize": {
      "mode": "enforce",
      "onBreach": "cut",
      "max": { "EURUSD": "500000", "*": "1000" }
    },
    "duplicative": { "mode": "shadow", "within": "7s" },
    "dataFreshness": { "mode": "shadow", "quoteAgeMax": "14s" },
    "marketHours": {
      "mode": "shadow",
      "afterOpen": "61s",
      "beforeClose": "62s",
      "beforeRollover": "63s",
      "afterRollover": "64s"
    },
    "orderValue": {
      "mode": "shadow",
      "onBreach": "deny",
      "max": { "EURUSD": "200000", "*": "100001" }
    },
    "priceCollar": {
      "mode": "shadow",
      "entryPips": { "*": "51" },
      "entryPercent": { "EURUSD": "1.5" },
      "exitPips": { "*": "152" },
      "exitPercent": { "EURUSD": "4.5" }
    },
    "messageRate": {
      "mode": "shadow",
      "perSecond": 11,
      "perMinute": 112,
      "instrumentPerSecond": 6,
      "instrumentPerMinute": 57,
      "keptPercent": "25"
    },
    "repeatedExecution": { "mode": "shadow", "fills": 12, "within": "31s" },
    "exposure": {
      "mode": "shadow",
      "onBreach": "cut",
      "perInstrument": { "*": "300001" },
      "net": "400001",
      "gross": "500001",
      "perCurrency": { "EUR": "250000", "*": "600001" }
    },
    "openPositions": { "mode": "shadow", "max": 4 },
    "margin": {
      "mode": "shadow",
      "onBreach": "deny",
      "maxUsedPercent": "41",
      "closeoutPercent": "52",
      "minDistancePercent": "21",
      "rateAgeMax": "33s"
    },
    "brokerCaps": {
      "mode": "shadow",
      "onBreach": "cut",
      "orderUnits": { "*": "10000001" },
      "positionUnits": { "*": "20000002" },
      "openOrders": 103
    },
    "dailyLoss": {
      "mode": "shadow",
      "max": "2001",
      "maxPercent": "2.1",
      "hardMax": "3001",
      "hardMaxPercent": "3.1"
    },
    "runDrawdown": {
      "mode": "shadow",
      "max": "8001",
      "maxPercent": "8.1",
      "hardMax": "9001",
      "hardMaxPercent": "9.1"
    },
    "lossMarks": { "count": 5, "over": "16s", "ageMax": "8s", "spreadMaxPips": { "*": "13" } },
    "lossDay": { "timeZone": "Europe/Paris", "start": "23:15" },
    "lossCooldown": { "mode": "shadow", "losses": 6, "wait": "91m" }
  }`;

/** A configuration with every setting of a synthetic market, one a line. */
export const SYNTHETIC_CONFIG = `{
  // Line 2.
  "$schema": "./tiyf.schema.json",
  "id": "base",
  "seed": 3,
  "prefix": "ABC",
  "account": {
    "currency": "USD",
    "balance": "100000",
    "costBasis": "lots"
  },
  "instruments": {
    "use": ["EURUSD", "USDJPY", "OWNUSD"],
    "file": "own.json"
  },
  "market": {
    "kind": "synthetic",
    "seed": 9,
    "from": "2024-03-02T00:00:00Z",
    "to": "2024-03-02T03:00:00Z",
    "alwaysOpen": true,
    "instruments": {
      "OWNUSD": {
        "price": "50.00",
        "dailyVolatilityBps": "100",
        "spread": "0.05",
        "quotesPerSecond": "0.5",
        "sizeMin": "10",
        "sizeMax": "90",
        "profile": "flat",
        "follows": { "symbol": "EURUSD", "weight": "0.75" }
      }
    }
  },
  "strategies": [
    {
      "id": "one",
      "module": "./good.ts",
      "instruments": ["EURUSD", "OWNUSD"],
      "parameters": { "size": 1 }
    },
    {
      "id": "two",
      "module": "./two.ts",
      "instruments": ["USDJPY"],
      "parameters": { "size": 2, "note": { "$file": "note.txt" } }
    }
  ],
  "gates": ${GATES},
  "tradingState": "exit_only",
  "orders": {
    "intentAgeMax": "3s",
    "failures": { "max": 7, "within": "90s" },
    "endedMax": 500
  },
  "exits": {
    "retry": "strategy",
    "retryOwn": "engine",
    "attemptsMax": 3
  },
  "idempotency": {
    "order": {
      "capacity": 100,
      "ttl": "2h"
    },
    "cancel": {
      "capacity": 70,
      "ttl": "3h",
      "answerWithin": "4s"
    }
  },
  "killSwitch": { "doubtAge": "4m", "venueLost": "45s", "clockJump": "700ms" },
  "journal": {
    "archiveAfter": "7d",
    "archiveOver": "2GiB",
    "dropMarketDataAfter": "91d",
    "dropMarketDataOver": "30GiB"
  },
  "venue": {
    "kind": "sim",
    "latency": {
      "submit": "10ms",
      "cancel": "20ms",
      "report": "30ms"
    },
    "limitFill": "through",
    "commission": { "kind": "bps", "rate": "0.3", "minimum": "0.1" },
    "slippage": { "model": "fixed_bps", "bps": "0.25" },
    "financing": false,
    "marginCheck": false,
    "transactionsKept": 200
  },
  "results": {
    "equityInterval": "5m"
  },
  "run": {
    "dataDirectory": "state",
    "host": "localhost",
    "port": 8080,
    "readTokenEnv": "READ_TOKEN",
    "controlTokenEnv": "CONTROL_TOKEN",
    "stopWithin": "6s"
  }
}
`;

/** The same with every setting of recorded files. */
export const FILES_CONFIG = `{
  "id": "recorded",
  "account": { "currency": "USD", "balance": "100000" },
  "instruments": { "use": ["EURUSD", "GBPUSD"] },
  "market": {
    "kind": "files",
    "sources": [
      {
        "symbol": "EURUSD",
        "files": ["quotes/*_quote.csv"],
        "format": { "kind": "lean", "zone": "UTC" }
      },
      {
        "symbol": "GBPUSD",
        "files": ["day_20240301.csv"],
        "format": { // of pounds
          "kind": "delimited",
          "separator": "semicolon",
          "header": true,
          "columns": {
            "time": "at",
            "bid": 2,
            "ask": "ask",
            "bidSize": "bs",
            "askSize": 5
          },
          "time": "iso",
          "zone": "Europe/London",
          "fileDate": "*YYYYMMDD.csv",
          "filePeriod": "any",
          "priceGrid": "round",
          "sizeScale": "1000"
        },
        "entry": "*.csv"
      }
    ],
    "badRows": {
      "policy": {
        "unparseable": "skip",
        "off_grid": "fail",
        "out_of_range": "skip",
        "non_positive": "fail",
        "outside_file_period": "skip",
        "time_backwards": "fail",
        "crossed": "skip",
        "absurd_jump": "fail"
      },
      "maxSkippedShare": "0.2",
      "maxJumpBps": 500,
      "jumpConfirmRows": 3
    }
  },
  "strategies": [
    { "id": "one", "module": "./good.ts", "instruments": ["EURUSD"], "parameters": { "size": 1 } }
  ]
}
`;

/** A file of own instruments. */
export const INSTRUMENT_FILE = `{
  "$schema": "./tiyf-instruments.schema.json",
  "instruments": [
    {
      "symbol": "OWNUSD",
      "override": false,
      "assetClass": "equity",
      "base": "OWN",
      "quote": "USD",
      "priceIncrement": "0.01",
      "sizeIncrement": "1",
      "pipSize": "0.05",
      "contractSize": "100",
      "marginRate": "0.2",
      "sessions": {
        "timeZone": "America/New_York",
        "weekly": [
          {
            "open": ["Mon", "09:30"],
            "close": ["Mon", "16:00"]
          }
        ],
        "dayStart": "00:00",
        "holidays": ["12-25", "2024-07-04"]
      },
      "settlementLagDays": 1,
      "financing": {
        "longRate": "-0.05",
        "shortRate": "0.01",
        "dayCount": 365
      }
    }
  ]
}
`;

const GOOD_STRATEGY = `
const parameters = {
  safeParse(value) {
    if (!Number.isInteger(value.size)) {
      const issues = [{ path: ['size'], message: 'size is no whole number' }];
      return { success: false, error: { issues } };
    }
    if (value.size === 98) throw new Error('schema broke');
    if (value.size === 99) return { success: true, data: { size: 99, at: new Map() } };
    return { success: true, data: { mode: 'calm', ...value } };
  },
};
export const strategy = {
  name: 'good',
  version: 1,
  parameters,
  create(setup, chosen) {
    if (chosen.size === 97) setup.instrument('XXXYYY');
    if (chosen.size === 96) setup.volumeBars(setup.instruments[0], '1000', 'mid');
    return { onStart() {} };
  },
};
`;

/** Modules and other files that the configurations name. */
const FILES: Readonly<Record<string, string>> = {
  'own.json': INSTRUMENT_FILE,
  'note.txt': 'line one\nline two\n',
  'good.ts': GOOD_STRATEGY,
  'two.ts': GOOD_STRATEGY,
  'throws.ts': `throw new Error('on import');`,
  'empty.ts': 'export const other = 1;',
  'captures.ts': `const { random } = Math;
    const safeParse = (data) => ({ success: true, data });
    const create = () => ({ first: random() });
    export const strategy = { name: 'x', version: 1, parameters: { safeParse }, create };`,
  'shape.ts': `export const strategy = { name: 'x', version: 1.5, parameters: {}, create: 1 };`,
  'syntax.ts': 'export const strategy = ;',
  'imports.ts': `import './no-such-file.ts';`,
  'text.txt': 'x',
  'quotes/20240301_quote.csv': '1000,1.08500,1.08510\n2000,1.08510,1.08520\n',
  'quotes/20240302_quote.csv': '1000,1.08520,1.08530\n',
  '2024020109h.bi5': '',
  'day_20240301.csv': 'at;b;ask;bs;as\n2024-03-01T00:00:01Z;1.2;1.20010;1;2\n',
};

/** A folder with everything that the configurations name. Disposing of it removes it. */
export class ConfigFolder implements Disposable {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'tiyf-config-'));
    mkdirSync(join(this.path, 'quotes'));
    for (const [name, text] of Object.entries(FILES)) this.write(name, text);
  }

  /** Writes a file; returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const file = join(this.path, name);
    writeFileSync(file, content);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
