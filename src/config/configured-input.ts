import { type Configured, InputKind } from '../model/inputs.ts';
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
