import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TradingState } from '../model/gate.ts';
import { type Configured, InputKind, type OpeningInput, StrategyReset } from '../model/inputs.ts';
import { blankOpening } from '../model/reconciliation.ts';
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
const OPENING: OpeningInput = { kind: InputKind.opening, opening: blankOpening() };

const BINDING = { venue: 'sim', environment: 'paper', account: 'a1', currency: 'USD' };
const BOUND = { kind: InputKind.bound, ...BINDING };

function parts(overrides: Partial<StartParts>): StartParts {
  return {
    configured: CONFIGURED,
    binding: BINDING,
    prefix: 'T',
    nonce: 'abcdefghij',
    handlesTaken: 17 as OrderHandle,
    known: false,
    tradingState: TradingState.active,
    latched: '',
    killed: undefined,
    strategiesReset: undefined,
    restored: false,
    connection: 3,
    opening: undefined,
    ...overrides,
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
    const wanted = [CONFIGURED, BOUND, CONNECTED, OPENING, STARTED];
    assert.deepEqual(startInputs(parts({ opening: OPENING })), wanted);
  });

  test('first go on without a comparison where it cannot be had at once', () => {
    assert.deepEqual(startInputs(parts({})), [CONFIGURED, BOUND, CONNECTED, STARTED]);
  });

  test('later put in doubt what was on its way, before anything else happens', () => {
    const wanted = [CONFIGURED, STARTED, { kind: InputKind.recovered }, CONNECTED];
    assert.deepEqual(startInputs(parts({ known: true })), wanted);
    // A later start begins in the state that the earlier life left.
    const { halted } = TradingState;
    assert.deepEqual(startInputs(parts({ known: true, tradingState: halted })), wanted);
  });

  test('set a state that holds strategies back before the boot, so that none can order first', () => {
    for (const tradingState of [TradingState.exitOnly, TradingState.halted]) {
      const inputs = startInputs(parts({ tradingState, opening: OPENING }));
      const command = inputs[2];
      assert(command?.kind === InputKind.command);
      assert.equal(command.tradingState, tradingState);
      assert.equal(command.by, 'configuration');
      assert.notEqual(command.reason, '');
      assert.deepEqual(inputs.slice(3), [CONNECTED, OPENING, STARTED]);
    }
  });

  test('a latch and the word on the strategies come before the boot as well', () => {
    const kind = InputKind.strategiesReset;
    const reset = { kind, reset: StrategyReset.fresh, by: 'ann', reason: 'new rules' } as const;
    const inputs = startInputs(parts({ known: true, latched: 'EIO', strategiesReset: reset }));
    assert.deepEqual(inputs.slice(0, 2), [CONFIGURED, reset]);
    const command = inputs[2];
    assert(command?.kind === InputKind.command);
    assert.deepEqual(
      [command.tradingState, command.by, command.reason],
      [TradingState.exitOnly, 'engine', 'EIO'],
    );
    assert.deepEqual(inputs[3], STARTED);
  });
});
