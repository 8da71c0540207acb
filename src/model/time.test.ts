import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  formatUtc,
  parseDuration,
  US_PER_DAY,
  US_PER_MS,
} from './time.ts';
import { timeUs } from './units.ts';

const DAY_MS = 86_400_000;

suite('time', () => {
  test('days and dates are those of the platform, from year 0 to 9999', () => {
    const days = fc.integer({ min: -719_528, max: 2_932_896 });
    fc.assert(
      fc.property(days, (day) => {
        const date = new Date(day * DAY_MS);
        const [year, month, dayOfMonth] = civilFromDays(day);
        assert.deepEqual(
          [year, month, dayOfMonth],
          [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()],
        );
        assert.equal(daysFromCivil(year, month, dayOfMonth), day);
        assert.equal(daysInMonth(year, month), lastOfMonth(year, month));
      }),
    );
  });

  test('prints ISO 8601 with six digits of a second, before the epoch as well', () => {
    const ms = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(ms, fc.nat({ max: 999 }), (milliseconds, micros) => {
        fc.pre(Number.isSafeInteger(milliseconds * US_PER_MS + micros));
        const text = formatUtc(timeUs(milliseconds * US_PER_MS + micros));
        const wanted = new Date(milliseconds).toISOString();
        assert.equal(text, wanted.replace('Z', `${micros.toString().padStart(3, '0')}Z`));
      }),
    );
    assert.equal(formatUtc(timeUs(-1)), '1969-12-31T23:59:59.999999Z');
  });

  test('spans of time are whole numbers with a unit', () => {
    assert.deepEqual(['5us', '250ms', '1s', '15m', '4h', '1d', '0s'].map(parseDuration), [
      5,
      250_000,
      1_000_000,
      900_000_000,
      14_400_000_000,
      US_PER_DAY,
      0,
    ]);
    for (const text of ['', '1', 's', '-1s', '1.5s', '1 s', '1S', '1w']) {
      assert.equal(parseDuration(text), undefined, text);
    }
    assert.equal(parseDuration('999999999d'), undefined, 'beyond a safe integer');
  });
});

function lastOfMonth(year: number, month: number): number {
  const date = new Date(Date.UTC(2000, month, 0));
  date.setUTCFullYear(year, month, 0);
  return date.getUTCDate();
}
