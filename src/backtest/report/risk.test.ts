import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  annualReturn,
  calmar,
  dailyReturns,
  expectancy,
  longestDrawdown,
  longestLosingRun,
  type Measured,
  maxDrawdownShare,
  profitFactor,
  recoveryFactor,
  sharpe,
  sortino,
} from './risk.ts';

const amount = fc.integer({ min: -1e8, max: 1e8 }).map((cents) => cents / 100);
const share = fc.integer({ min: -5000, max: 5000 }).map((value) => value / 10_000);

function numberOf(measured: Measured): number {
  assert.ok('value' in measured, JSON.stringify(measured));
  return measured.value;
}

function close(found: number, wanted: number): void {
  assert.ok(Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)), `${found} ${wanted}`);
}

describe('figures of risk', () => {
  test('Sharpe and Sortino are mean over deviation times the root of the days of a year', () => {
    fc.assert(
      fc.property(fc.array(share, { minLength: 5, maxLength: 60 }), (returns) => {
        const n = returns.length;
        let total = 0;
        let squares = 0;
        let below = 0;
        for (const one of returns) {
          total += one;
          squares += one * one;
          below += one < 0 ? one * one : 0;
        }
        const variance = (squares - (total * total) / n) / (n - 1);
        if (new Set(returns).size > 1 && variance > 1e-9) {
          close(numberOf(sharpe(returns, 252)), (total / n / Math.sqrt(variance)) * Math.sqrt(252));
        }
        if (below > 0) {
          close(
            numberOf(sortino(returns, 365)),
            (total / n / Math.sqrt(below / n)) * Math.sqrt(365),
          );
        } else assert.ok('undefinedBecause' in sortino(returns, 365));
      }),
    );
  });

  test('daily returns compound to the whole return', () => {
    const equities = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), equities, (opening, list) => {
        const returns = dailyReturns(opening, list);
        const grown = returns.reduce((product, one) => product * (1 + one), opening);
        close(grown, list.at(-1) ?? 0);
      }),
    );
    assert.equal(dailyReturns(100, [50, 0, 10]).length, 2);
    assert.equal(dailyReturns(0, [50]).length, 0);
  });

  test('the longest drawdown is the longest way from a peak back to it, of all pairs', () => {
    const samples = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 20 }), (values, opening) => {
        const time = Float64Array.from(values, (_, i) => i * 10);
        let longest = 0;
        // A drawdown from i: i is a peak, the next is below it, and it ends at the first value ≥ it.
        for (let i = 0; i < values.length; i++) {
          const before = [opening, ...values.slice(0, i + 1)];
          const peak = Math.max(...before);
          const isPeak = values[i] === peak || i === 0;
          if (!isPeak) continue;
          const start = i === 0 && (values[0] ?? 0) < opening ? 0 : i + 1;
          if (!((values[start] ?? peak) < peak)) continue;
          const back = values.findIndex((value, j) => j >= start && value >= peak);
          longest = Math.max(longest, (back < 0 ? values.length - 1 : back) * 10 - i * 10);
        }
        assert.equal(longestDrawdown(time, Float64Array.from(values), opening), longest);
      }),
    );
  });

  test('profit factor, expectancy, losing run and drawdown share follow their definitions', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 50 }), (pnl) => {
        let [won, lost] = [0, 0];
        for (const one of pnl) {
          if (one > 0) won += one;
          else lost -= one;
        }
        if (lost > 0) close(numberOf(profitFactor(pnl)), won / lost);
        else assert.ok('undefinedBecause' in profitFactor(pnl));
        assert.ok(Math.abs(numberOf(expectancy(pnl)) * pnl.length - (won - lost)) < 1e-3);
        const runs = pnl
          .map((one) => (one < 0 ? 'L' : '.'))
          .join('')
          .split('.');
        assert.equal(longestLosingRun(pnl), Math.max(...runs.map((run) => run.length)));
        const equity = Float64Array.from(pnl, Math.abs);
        const peak = equity.map((_, i) => Math.max(...equity.subarray(0, i + 1)));
        const shares = [...equity].map((one, i) => (peak[i] ? 1 - one / (peak[i] ?? 1) : 0));
        close(maxDrawdownShare(equity, peak), Math.max(0, ...shares));
      }),
    );
  });

  test('what is not defined says why, and nothing is ever NaN or infinite', () => {
    const why = (measured: Measured): string =>
      'undefinedBecause' in measured ? measured.undefinedBecause : String(measured.value);
    assert.equal(why(sharpe([0.01, 0.02, 0.01, 0], 252)), 'fewer than 5 trading days');
    assert.equal(why(sharpe([0.01, 0.01, 0.01, 0.01, 0.01], 252)), 'daily returns do not vary');
    assert.equal(why(sortino([0.01, 0.02, 0.01, 0.02, 0], 252)), 'no day with a loss');
    assert.equal(why(annualReturn(100, 110, 19, 252)), 'fewer than 20 trading days');
    assert.equal(why(annualReturn(100, -1, 100, 252)), 'no equity is left');
    assert.equal(why(annualReturn(1e-300, 1e300, 20, 252)), 'out of range');
    assert.equal(why(calmar({ value: 1 }, 0)), 'no drawdown');
    assert.equal(why(profitFactor([])), 'no trade');
    assert.equal(why(profitFactor([1])), 'no losing trade');
    assert.equal(why(expectancy([])), 'no trade');
    assert.equal(why(recoveryFactor(1, 0)), 'no drawdown');
    close(numberOf(annualReturn(100, 121, 504, 252)), 0.1);
    close(numberOf(calmar({ value: 0.3 }, 0.1)), 3);
  });
});
