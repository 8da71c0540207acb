import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runBacktest } from '../src/backtest/run-backtest.ts';
import { assemble } from '../src/config/assemble.ts';
import { type LoadedConfig, loadConfig } from '../src/config/load.ts';
import { DENY_REASONS } from '../src/model/gate.ts';
import { ORDER_TYPES, OrderRole, Side, TIMES_IN_FORCE } from '../src/model/order.ts';
import { Action, type KernelRecord, RecordKind } from '../src/model/records.ts';
import { NO_ORDER } from '../src/model/units.ts';

function example(name: string): LoadedConfig {
  return loadConfig(join(import.meta.dirname, name));
}

/** Backtests an example, at most up to `to`; returns what was decided. */
async function recordsOf(loaded: LoadedConfig, to?: string): Promise<readonly KernelRecord[]> {
  const { config } = loaded;
  assert.equal(config.market.kind, 'synthetic');
  const market = to === undefined ? config.market : { ...config.market, to };
  const assembly = await assemble({ ...loaded, config: { ...config, market } }, 'backtest');
  const records: KernelRecord[] = [];
  await runBacktest(assembly, { sinks: [{ record: (record) => records.push(record) }] });
  return records;
}

function ofKind<K extends KernelRecord['kind']>(records: readonly KernelRecord[], kind: K) {
  return records.filter((one): one is Extract<KernelRecord, { kind: K }> => one.kind === kind);
}

describe('the examples', () => {
  it('have configurations that hold, each with an id of its own', async () => {
    const files = globSync('*/*.jsonc', { cwd: import.meta.dirname }).sort();
    const expected = [
      'ema-cross/config.jsonc',
      'ema-cross/live.jsonc',
      'first/config.jsonc',
      'scripted/config.jsonc',
    ];
    assert.deepEqual(files, expected);
    const assemblies = await Promise.all(files.map((file) => assemble(example(file))));
    assert.equal(new Set(assemblies.map(({ id }) => id)).size, files.length);
  });

  it('ema-cross trades every instrument both ways, each entry with a stop-loss', async () => {
    const records = await recordsOf(example('ema-cross/config.jsonc'), '2024-01-08T12:00:00Z');
    const intents = ofKind(records, RecordKind.intent);
    const entries = intents.filter(({ terms }) => !terms.reduceOnly);
    assert.ok(entries.length > 20);
    assert.ok(entries.every(({ stopLossOrder }) => stopLossOrder !== NO_ORDER));
    const sides = new Set(entries.map(({ terms }) => `${terms.instrument} ${terms.side}`));
    assert.equal(sides.size, 8);
    assert.ok(ofKind(records, RecordKind.tradeClosed).length > 10);
    assert.deepEqual(ofKind(records, RecordKind.denial), []);
    assert.deepEqual(ofKind(records, RecordKind.alert), []);
  });

  it('ema-cross, as `npm start` runs it, has filled orders within the first minute', async () => {
    const live = example('ema-cross/live.jsonc');
    const records = await recordsOf(live, '2024-01-01T00:01:00Z');
    const fills = ofKind(records, RecordKind.fillBooked);
    assert.ok(fills.length >= 4, `${fills.length} fills`);
    assert.deepEqual(ofKind(records, RecordKind.denial), []);
  });

  it('scripted uses every type of order and what can become of one', async () => {
    const records = await recordsOf(example('scripted/config.jsonc'));
    const intents = ofKind(records, RecordKind.intent);
    const types = new Set(intents.map(({ terms }) => ORDER_TYPES[terms.type]));
    assert.deepEqual(types, new Set(ORDER_TYPES));
    const times = new Set(intents.map(({ terms }) => TIMES_IN_FORCE[terms.timeInForce]));
    assert.deepEqual(times, new Set(TIMES_IN_FORCE));
    const actions = ofKind(records, RecordKind.decision).map(({ action }) => action);
    assert.deepEqual(new Set(actions), new Set([Action.submit, Action.cancel, Action.replace]));
    const denials = ofKind(records, RecordKind.denial).map(({ reason }) => DENY_REASONS[reason]);
    const refused = ['key_used', 'key_used_with_other_terms', 'order_size_above_limit'];
    assert.deepEqual(denials, refused);
    const reasons = new Set(ofKind(records, RecordKind.orderMoved).map(({ reason }) => reason));
    const ends = ['oco', 'position_closed', 'not_fillable', 'expired', 'cancelled_by_client'];
    assert.deepEqual(
      ends.filter((reason) => !reasons.has(reason)),
      [],
    );
    const trades = ofKind(records, RecordKind.tradeClosed);
    assert.equal(trades.length, 8);
    assert.deepEqual(new Set(trades.map(({ side }) => side)), new Set([Side.buy, Side.sell]));
    const roles = ofKind(records, RecordKind.fillBooked).map(({ role }) => role);
    assert.ok(roles.includes(OrderRole.takeProfit));
    assert.equal(ofKind(records, RecordKind.ledgerBooked).length, 1);
  });
});
