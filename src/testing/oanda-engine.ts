import { TradingState } from '../model/gate.ts';
import type { Instrument } from '../model/instrument.ts';
import type { TimeUs } from '../model/units.ts';
import { Engine } from '../runtime/engine.ts';
import type { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { oandaCapabilities } from '../venues/oanda/capabilities.ts';
import type { VenuePort } from '../venues/venue-port.ts';
import { ACCOUNT_ID } from './broker-rig.ts';
import { testConfigs } from './builders.ts';
import { configuredOf } from './embedded-rig.ts';
import type { Puppet } from './puppet.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** An engine with a puppet for a strategy, on a venue that is as OANDA declares itself. */
export function oandaEngine(parts: {
  readonly instruments: readonly Instrument[];
  readonly disk: SimulatedDisk;
  readonly puppet: Puppet;
  readonly venue: VenuePort;
  readonly nonce: string;
  readonly alerts: string[];
  readonly now: TimeUs;
}): Engine {
  const { instruments, disk, puppet, venue, nonce, alerts, now } = parts;
  const { kernel } = testConfigs({
    instruments,
    strategies: [{ id: 'puppet', definition: puppet.definition, parameters: {} }],
    account: { costBasis: 'lots' },
    kernel: { venue: oandaCapabilities() },
  });
  return new Engine(
    {
      disk,
      directory: 'data',
      kernel,
      configured: configuredOf('c1', '1'),
      binding: { venue: 'oanda', environment: 'sim', account: ACCOUNT_ID, currency: 'USD' },
      // What a test has a strategy do is nothing that a replay could do again.
      policy: { kind: 'fresh', by: 'test', reason: 'a puppet' },
      log: SILENT,
      sinks: [],
      segments: { segmentBytes: 65_536, ageMaxUs: Number.MAX_SAFE_INTEGER, journalId: 'j' },
      prefix: 'T',
      nonce,
      tradingState: TradingState.active,
      restored: false,
      venue,
      alerts: { alert: (_severity, key) => alerts.push(key) },
    },
    now,
  );
}
