import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import type { OrderHandle } from '../../model/units.ts';
import { blankLedgerFact, LedgerKind } from '../../model/venue.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';

suite('an order of our prefix and of no boot of ours (X4)', () => {
  function started(rig: KernelRig, nonce: string, restored: boolean): void {
    const handlesTaken = 0 as OrderHandle;
    rig.input({ kind: InputKind.started, prefix: 'T', nonce, handlesTaken, restored });
  }

  function told(restored: boolean, reference = 'Tzzzzzzzzzz1'): KernelRig {
    const rig = new KernelRig();
    started(rig, '0123456789', false);
    started(rig, '1234567890', restored);
    const fact = LedgerKind.foreignOrder;
    const { balance } = rig.book.account;
    const ledger = { ...blankLedgerFact(), fact, balance, reference, cursor: 1 };
    rig.input({ kind: InputKind.ledger, ledger });
    return rig;
  }

  test('is of a second engine: everything halts', () => {
    const rig = told(false);
    assert.equal(rig.book.tradingState, TradingState.halted);
    assert(rig.alerts.includes('split_brain'));
  });

  test('after a declared restore is ours, its decision lost: exit-only', () => {
    const rig = told(true);
    assert.equal(rig.book.tradingState, TradingState.exitOnly);
    assert(!rig.alerts.includes('split_brain'));
  });

  test('of a boot of ours beyond what our books have of it, it was lost, and nobody’s twin', () => {
    const rig = told(false, 'T01234567895');
    assert.equal(rig.book.tradingState, TradingState.exitOnly);
    assert(rig.alerts.includes('order_of_lost_boot'));
    assert(!rig.alerts.includes('split_brain'));
  });

  test('a stranger’s order changes nothing', () => {
    const rig = new KernelRig();
    const { balance } = rig.book.account;
    const fact = LedgerKind.foreignOrder;
    const ledger = { ...blankLedgerFact(), fact, balance, reference: 'other-1', cursor: 1 };
    rig.input({ kind: InputKind.ledger, ledger });
    assert.equal(rig.book.tradingState, TradingState.active);
  });
});
