import type { z } from 'zod';
import { gatesOf, riskSpec } from '../config/gates.ts';
import { gatesSchema } from '../config/gates-schema.ts';
import type { KernelConfig } from '../kernel/config.ts';
import type { GateName } from '../model/gate.ts';
import type { Instrument } from '../model/instrument.ts';
import { US_PER_DAY } from '../model/time.ts';
import { timeUs } from '../model/units.ts';
import { type SlippageModel, zeroSlippage } from '../slippage/model.ts';
import { TEST_ACCOUNT, TEST_START, testInstrument } from './builders.ts';

/** Settings of gates, as a configuration has them. */
export type GateSettings = z.input<typeof gatesSchema>;

export interface GateSetup {
  readonly instruments?: readonly Instrument[];
  readonly profile?: SlippageModel;
  /** Gates to leave out. */
  readonly without?: readonly GateName[];
}

/** Gates and what they remember, for a kernel's configuration, made as an engine's are. */
export function gateSetup(
  settings: GateSettings,
  {
    instruments = [testInstrument('EURUSD')],
    profile = zeroSlippage,
    without = [],
  }: GateSetup = {},
): Pick<KernelConfig, 'gates' | 'risk'> {
  const gates = gatesSchema.parse(settings);
  const scene = { instruments, account: TEST_ACCOUNT };
  const period = { from: TEST_START, to: timeUs(TEST_START + 30 * US_PER_DAY) };
  return {
    gates: gatesOf(gates, scene).filter(({ name }) => !without.includes(name)),
    risk: riskSpec(gates, scene, period, profile),
  };
}
