import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  ConfigFolder,
  FILES_CONFIG,
  INSTRUMENT_FILE,
  SYNTHETIC_CONFIG,
} from '../testing/config-samples.ts';
import { ConfigError, type ConfigIssue, formatPath } from './issue.ts';
import { loadConfig } from './load.ts';

const MINIMAL = `{
  "id": "small",
  "account": { "currency": "USD", "balance": "1000" },
  "instruments": { "use": ["EURUSD"] },
  "market": { "kind": "synthetic" },
  "strategies": [{ "id": "one", "module": "./good.ts", "instruments": ["EURUSD"] }]
}`;

const BY_LIMIT = { mode: 'off', onBreach: 'deny' } as const;

/** Every gate is off, and what it would do is stated all the same. */
const DEFAULT_GATES = {
  dataFreshness: { mode: 'off', quoteAgeMax: '5s' },
  marketHours: {
    mode: 'off',
    afterOpen: '0s',
    beforeClose: '0s',
    beforeRollover: '0s',
    afterRollover: '0s',
  },
  orderSize: { ...BY_LIMIT, max: {} },
  duplicative: { mode: 'off', within: '1s' },
  orderValue: { ...BY_LIMIT, max: {} },
  priceCollar: { mode: 'off', entryPips: {}, entryPercent: {}, exitPips: {}, exitPercent: {} },
  messageRate: { mode: 'off', keptPercent: '20' },
  repeatedExecution: { mode: 'off', fills: 20, within: '60s' },
  exposure: { ...BY_LIMIT, perInstrument: {}, perCurrency: {} },
  openPositions: { mode: 'off' },
  margin: { ...BY_LIMIT, closeoutPercent: '50', rateAgeMax: '60s' },
  brokerCaps: { ...BY_LIMIT, orderUnits: {}, positionUnits: {} },
  dailyLoss: { mode: 'off' },
  runDrawdown: { mode: 'off' },
  lossMarks: { count: 3, over: '5s', ageMax: '10s', spreadMaxPips: {} },
  lossDay: { timeZone: 'America/New_York', start: '17:00' },
  lossCooldown: { mode: 'off', losses: 3, wait: '1h' },
};

describe('loading a configuration', () => {
  let folder: ConfigFolder;
  before(() => {
    folder = new ConfigFolder();
  });
  after(() => folder[Symbol.dispose]());

  function errorOf(content: string | Uint8Array): ConfigError {
    const file = folder.write('config.jsonc', content);
    try {
      loadConfig(file);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
    return assert.fail('it is taken');
  }

  /** The only issue, as `code line:column`. */
  function issueOf(content: string | Uint8Array): string {
    const { issues } = errorOf(content);
    const places = issues.map(({ code, line, column }) => `${code} ${line}:${column}`);
    assert.equal(places.length, 1, places.join('\n'));
    return places[0] ?? '';
  }

  it('fills in every default', () => {
    const { config } = loadConfig(folder.write('small.jsonc', MINIMAL));
    assert.deepEqual(config, {
      id: 'small',
      seed: 1,
      prefix: 'TIYF',
      account: { currency: 'USD', balance: '1000', costBasis: 'average' },
      instruments: { use: ['EURUSD'] },
      market: {
        kind: 'synthetic',
        seed: 1,
        from: '2024-01-01T00:00:00Z',
        alwaysOpen: false,
        instruments: {
          EURUSD: {
            price: '1.08500',
            dailyVolatilityBps: '45',
            spread: '0.00008',
            quotesPerSecond: '1.5',
            sizeMin: '100000',
            sizeMax: '5000000',
            profile: 'fx',
          },
        },
      },
      strategies: [{ id: 'one', module: './good.ts', instruments: ['EURUSD'], parameters: {} }],
      gates: DEFAULT_GATES,
      tradingState: 'active',
      orders: {
        intentAgeMax: '2s',
        failures: { max: 10, within: '60s' },
        endedMax: 10_000,
      },
      exits: { retry: 'engine', retryOwn: 'strategy', attemptsMax: 10 },
      idempotency: {
        order: { capacity: 5000, ttl: '24h' },
        cancel: { capacity: 5000, ttl: '24h', answerWithin: '10s' },
      },
      venue: {
        kind: 'sim',
        latency: { submit: '50ms', cancel: '50ms', report: '50ms' },
        limitFill: 'touch',
        commission: { kind: 'none' },
        slippage: { model: 'zero' },
        financing: true,
        marginCheck: true,
        transactionsKept: 10_000,
      },
      results: { equityInterval: '1h' },
      run: { dataDirectory: 'data', host: '127.0.0.1', port: 0 },
    });
  });

  it('takes every default of recorded files from the schema', () => {
    const market = `{ "kind": "files", "sources": [
      { "symbol": "EURUSD", "files": ["a.csv"], "format": { "kind": "lean" } }] }`;
    const text = MINIMAL.replace('{ "kind": "synthetic" }', market);
    const { config } = loadConfig(folder.write('small.jsonc', text));
    const fail = 'fail';
    assert.deepEqual(config.market, {
      kind: 'files',
      sources: [{ symbol: 'EURUSD', files: ['a.csv'], format: { kind: 'lean', zone: 'UTC' } }],
      badRows: {
        policy: {
          unparseable: fail,
          off_grid: fail,
          out_of_range: fail,
          non_positive: fail,
          other_symbol: fail,
          outside_file_period: fail,
          time_backwards: fail,
          unpaired: fail,
          broken_bar: fail,
          crossed: fail,
          absurd_jump: fail,
        },
        maxSkippedShare: '0.01',
        maxJumpBps: 1000,
        jumpConfirmRows: 5,
      },
    });
  });

  for (const [name, text] of Object.entries({ SYNTHETIC_CONFIG, FILES_CONFIG, MINIMAL })) {
    it(`gives of ${name} what, written out, gives the same again`, () => {
      const first = loadConfig(folder.write('first.jsonc', text));
      const again = loadConfig(folder.write('again.json', JSON.stringify(first.config)));
      assert.deepEqual(again.config, first.config);
      assert.deepEqual(again.instruments, first.instruments);
    });
  }

  it('puts the text of a file where a parameter names one', () => {
    const { config } = loadConfig(folder.write('config.jsonc', SYNTHETIC_CONFIG));
    const note = 'line one\nline two\n';
    assert.deepEqual(config.strategies[1]?.parameters, { size: 2, note });
  });

  it('opens a market that never closes at every hour, and keeps its trading day', () => {
    const text = MINIMAL.replace('"synthetic"', '"synthetic", "alwaysOpen": true');
    const { instruments } = loadConfig(folder.write('config.jsonc', text));
    assert.deepEqual(instruments[0]?.sessions, {
      timeZone: 'America/New_York',
      weekly: [{ open: ['Mon', '00:00'], close: ['Mon', '00:00'] }],
      dayStart: '17:00',
      holidays: [],
    });
  });

  it('lets a file replace a built-in instrument when it says so', () => {
    const own = INSTRUMENT_FILE.replace('"OWNUSD"', '"EURUSD"').replace('false', 'true');
    const price = '"instruments": { "EURUSD": { "price": "108.50" } }';
    folder.write('eur.json', own);
    const filed = MINIMAL.replace('"use"', '"file": "eur.json", "use"');
    const { issues } = errorOf(filed);
    assert.match(issues[0]?.message ?? '', /price 1.08500 .* that is the built-in default/);
    const text = filed.replace('"synthetic"', `"synthetic", ${price}`);
    const { instruments } = loadConfig(folder.write('config.jsonc', text));
    assert.equal(instruments[0]?.base, 'OWN');
    assert.equal('override' in Object(instruments[0]), false);
  });

  it('takes comments and trailing commas', () => {
    const text = MINIMAL.replace('"small",', '"small", // small\n /* and */').replace(
      ']\n',
      '],\n',
    );
    assert.equal(loadConfig(folder.write('config.jsonc', text)).config.id, 'small');
  });

  it('refuses what is no JSON, at its place', () => {
    assert.equal(issueOf(''), 'config.syntax.value_expected 1:1');
    assert.equal(issueOf('// nothing\n'), 'config.syntax.value_expected 2:1');
    assert.equal(issueOf('{\n  "id" "x"\n}'), 'config.syntax.colon_expected 2:8');
    assert.equal(issueOf('{\n  "id": "x\n}'), 'config.syntax.unexpected_end_of_string 2:9');
    assert.equal(issueOf(`${MINIMAL}\n{}`), 'config.syntax.end_of_file_expected 8:1');
    const open = issueOf(`${MINIMAL}\n /* open`);
    assert.equal(open, 'config.syntax.unexpected_end_of_comment 8:2');
    const comma = MINIMAL.replace('"small",', '"small"');
    assert.equal(issueOf(comma), 'config.syntax.comma_expected 3:3');
  });

  it('refuses JSON that two readers could take in two ways', () => {
    const twice = MINIMAL.replace('"small",', '"small", "id": "large",');
    assert.equal(issueOf(twice), 'config.syntax.duplicate_key 2:18');
    const nested = MINIMAL.replace('"balance"', '"balance": "5", "balance"');
    assert.equal(issueOf(nested), 'config.syntax.duplicate_key 3:51');
    const huge = MINIMAL.replace('"small",', '"small", "seed": 1e999,');
    assert.equal(issueOf(huge), 'config.syntax.number_range 2:26');
    const half = MINIMAL.replace('"small"', '"small\\ud800"');
    assert.equal(issueOf(half), 'config.syntax.lone_surrogate 2:9');
    const proto = MINIMAL.replace('"small",', '"small", "__proto__": {},');
    assert.equal(issueOf(proto), 'config.unknown_key 2:18');
  });

  it('refuses files that are not UTF-8 without a byte order mark', () => {
    const utf8 = new TextEncoder();
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...utf8.encode(MINIMAL)]);
    assert.equal(issueOf(marked), 'config.syntax.byte_order_mark 1:1');
    assert.equal(issueOf(new Uint8Array([0xff, 0xfe, 0x7b, 0])), 'config.syntax.encoding 1:1');
    assert.equal(issueOf(new Uint8Array([0x7b, 0xff, 0x7d])), 'config.syntax.encoding 1:1');
  });

  it('refuses a file that is not there or is a folder', () => {
    const codes = (file: string): string => {
      try {
        loadConfig(file);
      } catch (error) {
        if (error instanceof ConfigError) return error.issues.map(({ code }) => code).join();
      }
      return '';
    };
    assert.equal(codes(join(folder.path, 'no-such.jsonc')), 'config.file_missing');
    assert.equal(codes(folder.path), 'config.file_unreadable');
  });

  it('names file, line, column, path and code in its message, for every issue at once', () => {
    const text = MINIMAL.replace('"USD"', '"XYZ"').replace('./good.ts', '').replace('1000', '0');
    const error = errorOf(text.replace('"small"', '"small", "sed": 1'));
    const file = join(folder.path, 'config.jsonc');
    assert.equal(error.code, 'CONFIG_INVALID');
    assert.deepEqual(error.message.split('\n'), [
      `${file}:2:18: sed: there is no such setting [config.unknown_key]`,
      `${file}:3:46: account.balance: must be above 0 [config.account.balance.range]`,
      `${file}:6:43: strategies[0].module: must not be empty [config.strategies.module.empty]`,
    ]);
  });

  it('says what to do about a number that should be text', () => {
    const { issues } = errorOf(MINIMAL.replace('"1000"', '1000.5'));
    const [issue] = issues as [ConfigIssue];
    assert.match(issue.message, /must be text, not 1000.5 \(decimal numbers are written as text/);
  });

  it('counts lines the same whether they end with or without a carriage return', () => {
    const text = MINIMAL.replace('"USD"', '"XYZ"').replaceAll('\n', '\r\n');
    assert.equal(issueOf(text), 'config.account.currency.unknown 3:28');
  });
});

describe('a path', () => {
  it('is written as in code', () => {
    assert.equal(
      formatPath(['strategies', 0, 'parameters', 'a b']),
      'strategies[0].parameters.a b',
    );
    assert.equal(formatPath([]), '');
  });
});
