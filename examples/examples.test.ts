import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runBacktest } from '../src/backtest/run-backtest.ts';
import { assemble } from '../src/config/assemble.ts';
import { assembleBroker } from '../src/config/assemble-broker.ts';
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

/** Positions by instrument after each fill. */
function heldAfterFills(records: readonly KernelRecord[]): readonly (readonly number[])[] {
  const held: number[] = [];
  return ofKind(records, RecordKind.fillBooked).map(({ fill }) => {
    held[fill.instrument] = (held[fill.instrument] ?? 0) + fill.side * fill.quantity;
    return Array.from(held, (one) => one ?? 0);
  });
}

describe('the examples', () => {
  it('have configurations that hold, each with an id of its own', async () => {
    const all = globSync('*/*.jsonc', { cwd: import.meta.dirname }).sort();
    const files = all.filter((file) => file !== 'broker/broker.jsonc');
    const expected = [
      'broker/engine.jsonc',
      'donchian/config.jsonc',
      'ema-cross/config.jsonc',
      'ema-cross/live.jsonc',
      'first/config.jsonc',
      'mean-reversion/config.jsonc',
      'scripted/config.jsonc',
      'spread/config.jsonc',
    ];
    assert.deepEqual(files, expected);
    const assemblies = await Promise.all(files.map((file) => assemble(example(file))));
    assert.equal(new Set(assemblies.map(({ id }) => id)).size, files.length);
  });

  it('of a broker hold', async () => {
    const { server } = await assembleBroker(
      join(import.meta.dirname, 'broker', 'broker.jsonc'),
      undefined,
    );
    assert.equal(server.host, '127.0.0.1');
  });

  it('pulse, at the broker, trades each instrument both ways, and closes what it turns', async () => {
    const records = await recordsOf(example('broker/engine.jsonc'), '2026-01-05T00:05:00Z');
    const intents = ofKind(records, RecordKind.intent);
    const sides = new Set(intents.map(({ terms }) => `${terms.instrument} ${terms.side}`));
    assert.equal(sides.size, 6);
    const held = heldAfterFills(records);
    assert.ok(held.length > 500, `${held.length} fills`);
    assert.ok(held.every((all) => all.every((one) => Math.abs(one) <= 200)));
    assert.deepEqual(ofKind(records, RecordKind.alert), []);
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

  it('decide the same twice', async () => {
    for (const name of ['donchian', 'ema-cross', 'mean-reversion', 'spread']) {
      const loaded = example(`${name}/config.jsonc`);
      const [once, again] = [
        await recordsOf(loaded, '2024-01-08T08:00:00Z'),
        await recordsOf(loaded, '2024-01-08T08:00:00Z'),
      ];
      assert.deepEqual(once, again);
      assert.ok(ofKind(once, RecordKind.fillBooked).length > 0, name);
    }
  });

  it('donchian enters with a stop-loss, leaves without one, and holds one position a time', async () => {
    const records = await recordsOf(example('donchian/config.jsonc'), '2024-01-10T00:00:00Z');
    const intents = ofKind(records, RecordKind.intent);
    assert.ok(intents.some(({ terms }) => terms.reduceOnly));
    for (const { terms, stopLossOrder } of intents) {
      assert.equal(stopLossOrder === NO_ORDER, terms.reduceOnly);
    }
    const roles = ofKind(records, RecordKind.fillBooked).map(({ role }) => role);
    assert.ok(roles.includes(OrderRole.stopLoss));
    assert.ok(ofKind(records, RecordKind.tradeClosed).length >= 20);
    assert.ok(
      heldAfterFills(records).every((held) => held.every((one) => Math.abs(one) <= 50_000)),
    );
    assert.deepEqual(ofKind(records, RecordKind.denial), []);
    assert.deepEqual(ofKind(records, RecordKind.alert), []);
  });

  it('mean-reversion leaves by take-profit and by stop-loss, and cancels what nobody met', async () => {
    const loaded = example('mean-reversion/config.jsonc');
    const records = await recordsOf(loaded, '2024-01-09T00:00:00Z');
    const intents = ofKind(records, RecordKind.intent);
    for (const { terms, stopLossOrder, takeProfitOrder } of intents) {
      assert.equal(ORDER_TYPES[terms.type], 'limit');
      assert.ok(stopLossOrder !== NO_ORDER && takeProfitOrder !== NO_ORDER);
    }
    const roles = new Set(ofKind(records, RecordKind.fillBooked).map(({ role }) => role));
    const [entry, stop, target] = [OrderRole.order, OrderRole.stopLoss, OrderRole.takeProfit];
    assert.deepEqual(roles, new Set([entry, stop, target]));
    const cancels = ofKind(records, RecordKind.cancelIntent).length;
    assert.ok(cancels >= 5 && cancels < intents.length, `${cancels} cancels`);
    assert.ok(ofKind(records, RecordKind.tradeClosed).length >= 20);
    assert.deepEqual(ofKind(records, RecordKind.denial), []);
    assert.deepEqual(ofKind(records, RecordKind.alert), []);
  });

  it('spread holds two legs of equal worth against each other, or none', async () => {
    const loaded = example('spread/config.jsonc');
    const records = await recordsOf(loaded, '2024-01-09T12:00:00Z');
    // Every other fill completes a pair: the legs fill within a moment of each other.
    const pairs = heldAfterFills(records).filter((_, at) => at % 2 === 1);
    assert.ok(pairs.length >= 20);
    for (const [first = 0, second = 0] of pairs) {
      assert.ok(first * second < 0 || (first === 0 && second === 0), `${first} and ${second}`);
      assert.ok(Math.abs(first) === 50_000 || first === 0);
    }
    assert.deepEqual(ofKind(records, RecordKind.denial), []);
    assert.deepEqual(ofKind(records, RecordKind.alert), []);
  });

  it('spread closes a leg whose other is denied, and sends no second leg after a denied first', async () => {
    const loaded = example('spread/config.jsonc');
    const to = '2024-01-09T00:00:00Z';
    const limited = (symbol: string): LoadedConfig => {
      const max = { [symbol]: '1', '*': '100000' };
      const { gates } = loaded.config;
      const orderSize = { ...gates.orderSize, mode: 'enforce' as const, max };
      return { ...loaded, config: { ...loaded.config, gates: { ...gates, orderSize } } };
    };
    const second = await recordsOf(limited('NZDUSD'), to);
    assert.ok(ofKind(second, RecordKind.denial).length >= 5);
    const held = heldAfterFills(second);
    assert.ok(held.length >= 10);
    for (const [at, [first = 0, other = 0]] of held.entries()) {
      assert.deepEqual([Math.abs(first), other], [at % 2 === 0 ? 50_000 : 0, 0]);
    }
    // From fill to fill it is held for no longer than messages take: 50 ms there and 50 ms back.
    const times = ofKind(second, RecordKind.fillBooked).map(({ fill }) => fill.venueTime);
    const alone = times.flatMap((time, at) => (at % 2 === 1 ? time - (times[at - 1] ?? 0) : []));
    assert.ok(Math.max(...alone) < 10_000_000, `${Math.max(...alone)} µs`);
    const first = await recordsOf(limited('AUDUSD'), to);
    assert.ok(ofKind(first, RecordKind.denial).length >= 5);
    assert.deepEqual(ofKind(first, RecordKind.intent), []);
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
