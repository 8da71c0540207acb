import { type AccountBinding, type Configured, InputKind } from '../model/inputs.ts';
import type { Assembly } from './assembly.ts';

/** The configuration as a journaled input, by content (X2). */
export function configuredInput(assembly: Assembly): Configured {
  return {
    kind: InputKind.configured,
    configuration: assembly.configuration,
    configHash: assembly.configHash,
    dataVersion: assembly.market.fingerprint,
    engineVersion: assembly.engineVersion,
    timeZoneVersion: assembly.timeZoneVersion,
    strategySources: [...assembly.strategySources],
  };
}

/** The account that an engine of this assembly is bound to (X4): the embedded venue's. */
export function accountBinding(
  { id, kernel }: Assembly,
  environment: 'backtest' | 'paper',
): AccountBinding {
  const { venue, account } = kernel;
  return { venue: venue.id, environment, account: id, currency: account.currency };
}
