import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findConversionPath } from '../kernel/account/conversion.ts';
import { parseDecimal } from '../model/decimal.ts';
import { parsePrice, parseQuantity, valueUnit } from '../model/instrument.ts';
import { timeUs } from '../model/units.ts';
import { compileCalendars, compileFinancing } from './calendars.ts';
import { CATALOGUE } from './catalogue.ts';
import { ACCOUNT_CURRENCIES, moneyDecimals } from './currencies.ts';
import { instrumentSchema } from './instrument-schema.ts';
import { checkInstrument, instrumentOf, isMultiple } from './instruments.ts';
import { IssueList } from './issue.ts';
import { syntheticSchema } from './market-schema.ts';
import { compareDecimals } from './schema-parts.ts';

const ENTRIES = [...CATALOGUE.values()];
const SPECS = ENTRIES.map(({ instrument }) => instrument);
const NOWHERE = { line: 1, column: 1 };
const SOURCE = {
  file: 'catalogue',
  codeRoot: 'catalogue',
  placeOf: () => NOWHERE,
  placeOfKey: () => NOWHERE,
};

describe('the catalogue', () => {
  it('has every pair of eight currencies once, metals, an index and a crypto pair', () => {
    const currencies = ['AUD', 'CAD', 'CHF', 'EUR', 'GBP', 'JPY', 'NZD', 'USD'];
    const pairs = SPECS.filter(({ assetClass }) => assetClass === 'fx');
    assert.equal(pairs.length, 28);
    for (const a of currencies) {
      for (const b of currencies) {
        if (a >= b) continue;
        const found = pairs.filter(
          ({ base, quote }) => (base === a && quote === b) || (base === b && quote === a),
        );
        assert.equal(found.length, 1, `${a} and ${b}`);
      }
    }
    for (const { symbol, base, quote } of pairs) assert.equal(symbol, `${base}${quote}`);
    const others = SPECS.filter(({ assetClass }) => assetClass !== 'fx');
    const symbols = others.map(({ symbol }) => symbol);
    assert.deepEqual(symbols, ['XAUUSD', 'XAGUSD', 'US500USD', 'BTCUSD']);
  });

  it('passes the schema and the checks of a file of one’s own', () => {
    const issues = new IssueList();
    for (const { instrument, synthetic } of ENTRIES) {
      assert.deepEqual(instrumentSchema.parse(instrument), instrument);
      assert.deepEqual(syntheticSchema.parse(synthetic), synthetic);
      checkInstrument(instrument, SOURCE, [instrument.symbol], issues);
    }
    issues.throwIfAny();
  });

  it('has pips that are whole numbers of price increments: ten in FX', () => {
    for (const { symbol, assetClass, pipSize, priceIncrement } of SPECS) {
      assert.ok(isMultiple(pipSize, priceIncrement), symbol);
      if (assetClass !== 'fx') continue;
      const tenth = parseDecimal(`${pipSize.slice(0, -1)}01`);
      assert.equal(compareDecimals(tenth, parseDecimal(priceIncrement)), 0, symbol);
    }
  });

  it('counts prices and sizes of its synthetic market whole, and moves within them', () => {
    for (const { instrument: spec, synthetic } of ENTRIES) {
      const instrument = instrumentOf(spec);
      const price = parsePrice(instrument, synthetic.price);
      assert.ok(price > 10_000, `${spec.symbol}: a price of many increments`);
      const [least, most] = [synthetic.sizeMin, synthetic.sizeMax];
      assert.ok(parseQuantity(instrument, least) < parseQuantity(instrument, most));
      assert.ok(isMultiple(synthetic.spread, spec.priceIncrement), spec.symbol);
      // A spread of at most a third of a day's move, else nothing could be traded in it.
      const spread = Number(synthetic.spread) / Number(synthetic.price);
      assert.ok(spread * 30_000 < Number(synthetic.dailyVolatilityBps), spec.symbol);
    }
  });

  it('keeps values, costs and money within the decimals that the engine computes with', () => {
    for (const spec of SPECS) {
      const unit = valueUnit(instrumentOf(spec));
      assert.ok(unit.numerator > 0n && unit.decimals <= 12, spec.symbol);
    }
    for (const currency of ACCOUNT_CURRENCIES) {
      const decimals = moneyDecimals(currency);
      assert.ok(decimals === 6 || decimals === 8, currency);
    }
    assert.equal(moneyDecimals('BTC'), 8);
    assert.equal(moneyDecimals('XXX'), undefined);
  });

  it('converts every quote currency to each large currency', () => {
    const instruments = SPECS.map(instrumentOf);
    for (const { symbol, quote } of SPECS) {
      for (const currency of ['AUD', 'CAD', 'CHF', 'EUR', 'GBP', 'JPY', 'NZD', 'USD', 'BTC']) {
        const path = findConversionPath(instruments, quote, currency);
        assert.notEqual(path, undefined, `${symbol} to ${currency}`);
      }
    }
  });

  it('settles and closes by the customs of each market', () => {
    const lags = new Map(SPECS.map(({ symbol, settlementLagDays }) => [symbol, settlementLagDays]));
    assert.equal(lags.get('EURUSD'), 2);
    assert.equal(lags.get('USDCAD'), 1);
    assert.equal(lags.get('XAUUSD'), 2);
    assert.equal(lags.get('BTCUSD'), 0);
    assert.equal(CATALOGUE.get('US500USD')?.instrument.financing, undefined);
    const from = timeUs(Date.UTC(2024, 11, 23) * 1000);
    const to = timeUs(Date.UTC(2024, 11, 30) * 1000);
    const instruments = SPECS.map(instrumentOf);
    const calendars = compileCalendars(instruments, { from, to });
    const sessionsOf = (symbol: string): number => {
      const table = calendars[SPECS.findIndex((spec) => spec.symbol === symbol)];
      return table?.opens.filter((open) => open >= from && open < to).length ?? -1;
    };
    // The week of Christmas 2024, a Wednesday: FX reopens on the 25th 17:00 New York and on Sunday.
    assert.equal(sessionsOf('EURUSD'), 2);
    // Gold opens on Monday, not for the day that ends on the 25th, on Wednesday, Thursday, Sunday.
    assert.equal(sessionsOf('XAUUSD'), 4);
    assert.equal(sessionsOf('BTCUSD'), 0);
  });

  it('shares tables among equal sessions, and charges crypto every day', () => {
    const from = timeUs(Date.UTC(2024, 5, 3) * 1000);
    const to = timeUs(Date.UTC(2024, 5, 10) * 1000);
    const instruments = SPECS.map(instrumentOf);
    const calendars = compileCalendars(instruments, { from, to });
    assert.equal(new Set(calendars).size, 3);
    const financing = compileFinancing(instruments, { from, to });
    const daysOf = (symbol: string): number[] => {
      const table = financing[SPECS.findIndex((spec) => spec.symbol === symbol)];
      if (table === undefined) return [];
      return table.days.filter((_, at) => {
        const time = table.times[at] ?? 0;
        return time >= from && time < to;
      });
    };
    assert.deepEqual(daysOf('EURUSD'), [1, 1, 3, 1, 1]);
    assert.deepEqual(daysOf('USDCAD'), [1, 1, 1, 3, 1]);
    assert.deepEqual(daysOf('BTCUSD'), [1, 1, 1, 1, 1, 1, 1]);
    assert.deepEqual(daysOf('US500USD'), []);
  });
});
