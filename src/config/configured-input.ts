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

/** The account that an engine of this assembly is bound to (X4). */
export function accountBinding(
  { id, kernel, broker }: Assembly,
  environment: 'backtest' | 'paper',
): AccountBinding {
  const { venue, account } = kernel;
  if (broker !== undefined) {
    const { environment: of, account: at } = broker;
    return { venue: venue.id, environment: of, account: at, currency: account.currency };
  }
  return { venue: venue.id, environment, account: id, currency: account.currency };
}
