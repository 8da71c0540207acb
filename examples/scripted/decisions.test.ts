import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { testInstrument } from '../../src/testing/builders.ts';
import { DecisionFileError, parseRows, termsOf } from './decisions.ts';
import { strategy } from './scripted.ts';

const HEADER = 'time,symbol,side,units,type,price,tif,key';
const ROW = '2024-01-08T01:00:00Z,EURUSD,buy,10,limit,1.08,gtc,a';
const EURUSD = testInstrument('EURUSD');

function failsWith(message: RegExp, ...lines: readonly string[]): void {
  const all = (): unknown => parseRows(lines.join('\n')).map((row) => termsOf(row, EURUSD));
  assert.throws(all, (error) => error instanceof DecisionFileError && message.test(error.message));
}

describe('a file of decisions', () => {
  it('is read row by row, in counts of the increments', () => {
    const [row] = parseRows(`# what\n\n${HEADER}\r\n${ROW}\r\n`);
    assert.ok(row !== undefined);
    assert.deepEqual([row.line, row.action, row.cells.key], [4, 'submit', 'a']);
    assert.equal(row.time, Date.UTC(2024, 0, 8, 1) * 1000);
    assert.deepEqual(termsOf(row, EURUSD), {
      side: 'buy',
      type: 'limit',
      quantity: 10,
      limitPrice: 108_000,
      timeInForce: 'gtc',
      reduceOnly: false,
    });
  });

  it('is refused with the line of what is wrong', () => {
    failsWith(/^there are no decisions/, HEADER);
    failsWith(/^line 1: a column is "size"/, 'time,size', ROW);
    failsWith(/^line 1: there is no column symbol/, 'time,side', ROW);
    failsWith(/^line 1: a column is named twice/, `${HEADER},key`, ROW);
    failsWith(/^line 2: 9 cells under 8 columns/, HEADER, `${ROW},`);
    failsWith(/^line 2: "soon" is not a time/, HEADER, ROW.replace('2024-01-08T01:00:00Z', 'soon'));
    failsWith(/^line 3: the time goes back/, HEADER, ROW, ROW.replace('01:00', '00:59'));
    failsWith(/^line 2: side is "long"/, HEADER, ROW.replace('buy', 'long'));
    failsWith(/^line 2: price 1.080001 is not a multiple/, HEADER, ROW.replace('1.08', '1.080001'));
    failsWith(/^line 2: quantity 0.5 is not/, HEADER, ROW.replace(',10,', ',0.5,'));
    failsWith(/^line 2: cancel needs the key/, `action,${HEADER}`, `cancel,${ROW.slice(0, -1)}`);
  });

  it('is checked with the parameters, so that a configuration with a bad one is refused', () => {
    const text = readFileSync(join(import.meta.dirname, 'decisions.csv'), 'utf8');
    assert.equal(strategy.parameters.safeParse({ decisions: text }).success, true);
    const broken = strategy.parameters.safeParse({ decisions: text.replace('buy', 'bye') });
    const issues = broken.success ? [] : broken.error.issues;
    assert.deepEqual(
      issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
      ['decisions: line 3: side is "bye", not one of buy, sell'],
    );
  });
});
