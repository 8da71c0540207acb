import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { OandaRig } from '../../testing/oanda-rig.ts';

const SECOND = 1_000_000;

suite('the OANDA adapter', () => {
  test('a start checks the account, hears the log, and is compared before it trades', async () => {
    await using rig = await OandaRig.start();
    console.log(rig.adapter.status, rig.told.length, rig.alerts, rig.http.sent);
    assert.equal(rig.kernel.book.reconciliation.armed, true);
    const order = rig.order({ side: 'buy', quantity: 1000 });
    await rig.pass(SECOND);
    console.log(rig.state(order), rig.position(), rig.alerts, rig.told.slice(-3));
  });
});
