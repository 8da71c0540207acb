import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RecordKind } from '../../model/records.ts';
import type { OrderHandle, Price, Quantity } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import { Order } from './order.ts';

suite('ids that a broker gives an order (X5)', () => {
  function ids(rig: KernelRig, order: OrderHandle): readonly string[] | undefined {
    return rig.book.orders.find(order)?.brokerOrderIds;
  }

  test('form a chain: a replace may name it anew, and what was overtaken does not name it back', () => {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    const limitPrice = 90_000 as Price;
    const quantity = 5 as Quantity;
    const order = rig.order({ side: 'buy', quantity, type: 'limit', limitPrice, key: 'k' });
    const { accepted, replaced } = ReportKind;
    rig.report({ report: accepted, order, brokerOrderId: 'B1' });
    rig.act((context) => context.replace(order, { limitPrice: 90_001 as Price }));
    const terms = { quantity, limitPrice: 90_001 as Price };
    rig.report({ report: replaced, order, brokerOrderId: 'B2', ...terms });
    rig.report({ report: accepted, order, brokerOrderId: 'B1' });
    rig.report({ report: accepted, order });
    assert.deepEqual(ids(rig, order), ['B1', 'B2']);
    rig.restart();
    assert.deepEqual(ids(rig, order), ['B1', 'B2']);
    assert.equal(rig.book.orders.find(order)?.brokerOrderId, 'B2');
    assert.equal(rig.folded().book.orders.find(order)?.brokerOrderId, 'B2');
    assert.equal(rig.log.of(RecordKind.intent).length, 1, 'it is one order');
  });

  test('are kept to a bound: the first and the last ones', () => {
    const order = Order.blank();
    for (let i = 1; i <= 100; i++) order.named(`B${i}`);
    assert.equal(order.brokerOrderIds.length, 32);
    assert.deepEqual([order.brokerOrderIds[0], order.brokerOrderIds[1]], ['B1', 'B70']);
    assert.equal(order.brokerOrderId, 'B100');
  });
});
