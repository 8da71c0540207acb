import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TradingState } from '../model/gate.ts';
import { type Configured, InputKind } from '../model/inputs.ts';
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

function parts(tradingState: TradingState | undefined): StartParts {
  const handlesTaken = 17 as OrderHandle;
  return { configured: CONFIGURED, prefix: 'T', nonce: 'abcdefghij', handlesTaken, tradingState };
}

const STARTED = { kind: InputKind.started, prefix: 'T', nonce: 'abcdefghij', handlesTaken: 17 };

suite('the inputs of a start', () => {
  test('are the configuration and then the boot, with the handles that are taken', () => {
    for (const state of [undefined, TradingState.active]) {
      assert.deepEqual(startInputs(parts(state)), [CONFIGURED, STARTED]);
    }
  });

  test('set a state that holds strategies back before the boot, so that none can order first', () => {
    for (const tradingState of [TradingState.exitOnly, TradingState.halted]) {
      const inputs = startInputs(parts(tradingState));
      assert.deepEqual(
        inputs.map(({ kind }) => kind),
        [InputKind.configured, InputKind.command, InputKind.started],
      );
      const command = inputs[1];
      assert(command?.kind === InputKind.command);
      assert.equal(command.tradingState, tradingState);
      assert.equal(command.by, 'configuration');
      assert.notEqual(command.reason, '');
      assert.deepEqual(inputs[2], STARTED);
    }
  });
});
