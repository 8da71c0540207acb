import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TradingState } from '../model/gate.ts';
import { type Configured, InputKind, type SnapshotInput } from '../model/inputs.ts';
import { blankSnapshot } from '../model/reconciliation.ts';
import type { OrderHandle } from '../model/units.ts';
import { type StartParts, startInputs } from './start-inputs.ts';

const CONFIGURED: Configured = {
  kind: InputKind.configured,
  configuration: '{}',
  configHash: 'aa',
  dataVersion: '',
  engineVersion: '0.1.0',
  timeZoneVersion: '2026a',
  strategySources: [],
};

const CONNECTED = { kind: InputKind.connection, connection: 3, open: true };
const OPENING: SnapshotInput = { kind: InputKind.snapshot, snapshot: blankSnapshot() };

function parts(
  tradingState: TradingState | undefined,
  opening: SnapshotInput | undefined,
): StartParts {
  return {
    configured: CONFIGURED,
    prefix: 'T',
    nonce: 'abcdefghij',
    handlesTaken: 17 as OrderHandle,
    tradingState,
    restored: false,
    connection: 3,
    opening,
  };
}

const STARTED = {
  kind: InputKind.started,
  prefix: 'T',
  nonce: 'abcdefghij',
  handlesTaken: 17,
  restored: false,
};

suite('the inputs of a start', () => {
  test('first compare with the venue, so that strategies may order at the boot', () => {
    for (const state of [undefined, TradingState.active]) {
      const wanted = [CONFIGURED, CONNECTED, OPENING, STARTED];
      assert.deepEqual(startInputs(parts(state, OPENING)), wanted);
    }
  });

  test('later put in doubt what was on its way, before anything else happens', () => {
    const wanted = [CONFIGURED, STARTED, { kind: InputKind.recovered }, CONNECTED];
    assert.deepEqual(startInputs(parts(undefined, undefined)), wanted);
  });

  test('set a state that holds strategies back before the boot, so that none can order first', () => {
    for (const tradingState of [TradingState.exitOnly, TradingState.halted]) {
      const inputs = startInputs(parts(tradingState, OPENING));
      const command = inputs[1];
      assert(command?.kind === InputKind.command);
      assert.equal(command.tradingState, tradingState);
      assert.equal(command.by, 'configuration');
      assert.notEqual(command.reason, '');
      assert.deepEqual(inputs.slice(2), [CONNECTED, OPENING, STARTED]);
    }
  });
});
