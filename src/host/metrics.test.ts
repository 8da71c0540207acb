import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blankRecord } from '../model/blank-record.ts';
import { DENY_REASONS, denyReason, GATE_NAMES } from '../model/gate.ts';
import { ORDER_STATES, OrderState } from '../model/order.ts';
import { ALERT_SEVERITIES, type KernelRecord, RecordKind } from '../model/records.ts';
import { RecordMetrics } from './metrics.ts';

type Kind = KernelRecord['kind'];

/** A blank record of the kind with some fields set. */
function made<K extends Kind>(
  kind: K,
  fields: Partial<Extract<KernelRecord, { kind: K }>> = {},
): KernelRecord {
  const record = blankRecord(kind);
  assert(record !== undefined);
  return Object.assign(record, fields);
}

/** Every series with its value, as a scrape sees them. */
async function scrape(metrics: RecordMetrics): Promise<Map<string, number>> {
  const lines = (await metrics.registry.metrics()).split('\n');
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** What the records changed, against a fresh start. */
async function changedBy(...records: KernelRecord[]): Promise<Record<string, number>> {
  const metrics = new RecordMetrics();
  for (const record of records) metrics.record(record);
  const all = await scrape(metrics);
  return Object.fromEntries([...all].filter(([, value]) => value !== 0));
}

const ENDS = ['withdrawn', 'cancelled', 'expired', 'rejected', 'not_placed'];

suite('metrics of records', () => {
  test('every counter, final state, gate and severity is there at zero before any record', async () => {
    const all = await scrape(new RecordMetrics());
    const wanted = [
      'engine_decisions_total',
      'engine_orders_total',
      'engine_fills_total',
      'engine_trades_closed_total',
      'engine_order_rejects_total',
      ...ENDS.map((state) => `engine_orders_ended_total{state="${state}"}`),
      ...GATE_NAMES.map((gate) => `engine_risk_shadow_blocks_total{gate="${gate}"}`),
      ...ALERT_SEVERITIES.map((severity) => `engine_alerts_total{severity="${severity}"}`),
    ];
    for (const name of wanted) assert.equal(all.get(name), 0, name);
    assert([...all.values()].every((value) => value === 0));
    for (const gate of GATE_NAMES) {
      const start = `engine_risk_blocks_total{gate="${gate}"`;
      assert(
        [...all.keys()].some((name) => name.startsWith(start)),
        gate,
      );
    }
  });

  test('a record makes no series of a label that was not there before it', async () => {
    const metrics = new RecordMetrics();
    const before = new Set((await scrape(metrics)).keys());
    metrics.record(made(RecordKind.denial, { gate: 2, reason: denyReason('halted') }));
    const added = [...(await scrape(metrics)).keys()].filter((name) => !before.has(name));
    assert.deepEqual(added, []);
  });

  test('decisions, orders, fills and trades are counted, one for each record', async () => {
    for (const [kind, name] of [
      [RecordKind.decision, 'engine_decisions_total'],
      [RecordKind.intent, 'engine_orders_total'],
      [RecordKind.fillBooked, 'engine_fills_total'],
      [RecordKind.tradeClosed, 'engine_trades_closed_total'],
    ] as const) {
      assert.deepEqual(await changedBy(made(kind)), { [name]: 1 });
      assert.deepEqual(await changedBy(made(kind), made(kind), made(kind)), { [name]: 3 });
    }
  });

  test('records that nothing counts change nothing', async () => {
    for (const kind of [
      RecordKind.ledgerBooked,
      RecordKind.cancelIntent,
      RecordKind.replaceIntent,
      RecordKind.tradingState,
      RecordKind.equityMark,
      RecordKind.childOpened,
    ]) {
      assert.deepEqual(await changedBy(made(kind)), {});
    }
  });

  test('a denial counts by gate and reason, one on paper by gate alone', async () => {
    for (const [gate, gateName] of GATE_NAMES.entries()) {
      for (const name of DENY_REASONS) {
        const reason = denyReason(name);
        assert.deepEqual(await changedBy(made(RecordKind.denial, { gate, reason })), {
          [`engine_risk_blocks_total{gate="${gateName}",reason="${name}"}`]: 1,
        });
      }
      assert.deepEqual(await changedBy(made(RecordKind.denial, { gate, shadow: true })), {
        [`engine_risk_shadow_blocks_total{gate="${gateName}"}`]: 1,
      });
    }
  });

  test('an order that ends without a full fill counts by its state, a rejected one as a reject too', async () => {
    for (const to of Object.values(OrderState)) {
      const state = ORDER_STATES[to] ?? '';
      const ended = { [`engine_orders_ended_total{state="${state}"}`]: 1 };
      const rejected = to === OrderState.rejected ? { engine_order_rejects_total: 1 } : {};
      const wanted = ENDS.includes(state) ? { ...ended, ...rejected } : {};
      const from = OrderState.triggered;
      if (to === from) continue;
      assert.deepEqual(await changedBy(made(RecordKind.orderMoved, { from, to })), wanted, state);
    }
  });

  test('word on an order that stays in its state counts nothing', async () => {
    for (const state of Object.values(OrderState)) {
      const record = made(RecordKind.orderMoved, { from: state, to: state });
      assert.deepEqual(await changedBy(record), {});
    }
  });

  test('alerts count by severity', async () => {
    for (const [name, severity] of [
      ['info', 0],
      ['warning', 1],
      ['critical', 2],
    ] as const) {
      assert.deepEqual(await changedBy(made(RecordKind.alert, { severity })), {
        [`engine_alerts_total{severity="${name}"}`]: 1,
      });
    }
  });
});
