import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AlertSeverity } from '../model/records.ts';
import { TEST_START } from '../testing/builders.ts';
import { AlertLog } from './alert-log.ts';

describe('the alerts of a backtest', () => {
  test('are counted by key, with the first text and the worst severity', () => {
    const log = new AlertLog();
    log.alert(AlertSeverity.warning, 'overfill', 'order 1', TEST_START);
    log.alert(AlertSeverity.info, 'clock_jump', 'a step', TEST_START);
    log.alert(AlertSeverity.critical, 'overfill', 'order 2', TEST_START);
    log.alert(AlertSeverity.info, 'overfill', 'order 3', TEST_START);
    const firstTime = '2024-01-01T00:00:00.000000Z';
    assert.deepEqual(Object.entries(log.summary()), [
      ['overfill', { severity: 'critical', count: 3, firstTime, firstText: 'order 1' }],
      ['clock_jump', { severity: 'info', count: 1, firstTime, firstText: 'a step' }],
    ]);
  });
});
