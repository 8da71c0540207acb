import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ExitCode } from './exit-code.ts';
import { fieldsOf, verdictOf } from './monitor.ts';

/** An engine that is well, with what is different about it. */
function health(
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    healthy: true,
    tradable: true,
    reason: '',
    tradingState: 'active',
    state: { override: null },
    dataAgeMs: 12,
    orders: { open: 2, inDoubt: 0, rejects: 3 },
    positionsOpen: 1,
    venue: { connected: true },
    journal: { inReserve: false, upkeep: { problem: null } },
    reconciliation: { armed: true, held: false, breaks: 0 },
    gates: [
      { gate: 'hold', denials: 0 },
      { gate: 'order_size', denials: 4 },
    ],
    tightest: {
      gate: 'exposure',
      of: 'EUR',
      used: '80.00',
      limit: '100.00',
      unit: 'USD',
      blocking: false,
    },
    idempotency: { order: { keys: 7 } },
    slippage: 'zero',
    configuration: { id: 'one', hash: 'sha256:abc' },
    ...changes,
  };
}

suite('the verdict of tiyf monitor', () => {
  test('is 4 where the engine is not well, or not trading inside a session', () => {
    for (const changes of [
      { healthy: false, reason: 'loop_stalled' },
      { healthy: false, tradable: false, reason: 'market_closed' },
      { tradable: false, reason: 'exit_only' },
      { tradable: false, reason: 'no_quote' },
    ]) {
      const { verdict, code } = verdictOf(health(changes));
      assert.deepEqual([verdict, code], [changes.reason, ExitCode.unreachable]);
    }
  });

  test('is 1 where somebody should look although it trades, or would', () => {
    const closed = { tradable: false, reason: 'market_closed' };
    for (const changes of [
      { orders: { inDoubt: 1 } },
      { reconciliation: { held: true } },
      { journal: { inReserve: true } },
      { journal: { upkeep: { problem: 'EXDEV' } } },
      { state: { override: { by: 'ann' } } },
      { ...closed, tradingState: 'exit_only' },
    ]) {
      assert.deepEqual(verdictOf(health(changes)), { verdict: 'degraded', code: ExitCode.wrong });
    }
  });

  test('is 0 where all is well, and where the market is closed', () => {
    assert.deepEqual(verdictOf(health()), { verdict: 'ok', code: ExitCode.done });
    const closed = { tradable: false, reason: 'market_closed' };
    assert.deepEqual(verdictOf(health(closed)), { verdict: 'market_closed', code: ExitCode.done });
  });
});

suite('the line of tiyf monitor', () => {
  test('has its fields in one order, and blocks by gate where there were any', () => {
    assert.deepEqual(
      Object.entries(fieldsOf(health())).map(([name, value]) => `${name}=${value}`),
      [
        'state=active',
        'connected=true',
        'data_age_ms=12',
        'positions=1',
        'orders=2',
        'in_doubt=0',
        'order_rejects_total=3',
        'risk_blocks_order_size=4',
        'tightest=exposure:EUR:80.00/100.00USD',
        'reconciliation=clean',
        'breaks=0',
        'idempotency_keys=7',
        'slippage_model=zero',
        'config_id=one',
        'config_hash=sha256:abc',
      ],
    );
    assert.equal(fieldsOf(health({ dataAgeMs: null }))['data_age_ms'], 'none');
    assert.equal(fieldsOf(health({ tightest: null }))['tightest'], 'none');
    const tightest = {
      gate: 'margin',
      of: '',
      used: null,
      limit: '9.0',
      unit: 'USD',
      blocking: true,
    };
    const unvalued = fieldsOf(health({ tightest }))['tightest'];
    assert.equal(unvalued, 'margin:unknown/9.0USD:blocking');
  });
});
