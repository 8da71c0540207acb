import type { CalendarTable } from '../market/calendar.ts';
import type { Instrument } from '../model/instrument.ts';
import type { InstrumentIndex } from '../model/units.ts';
import type { VenueCapabilities } from '../model/venue.ts';
import type { AccountSpec } from './account/account.ts';
import type { ConversionPath } from './account/conversion.ts';
import type { Gate } from './gates/gate.ts';
import type { ExitRules } from './orders/exit-desk.ts';
import type { FailureLimits } from './orders/failures.ts';
import type { IdentityLimits } from './orders/identity.ts';
import type { RiskSpec } from './risk/risk.ts';
import type { StrategyDefinition } from './strategy/api.ts';

/** A strategy to run: its module's definition, and the parameters that its schema accepted. */
export interface StrategyBinding<P = unknown> {
  /** `[a-z0-9-]`, unique; part of every decision id. */
  readonly id: string;
  readonly definition: StrategyDefinition<P>;
  readonly parameters: P;
  readonly instruments: readonly InstrumentIndex[];
}

/**
 * Everything a kernel is built from. It comes from the effective configuration, which is journaled
 * by content as the first input (X2).
 */
export interface KernelConfig {
  readonly instruments: readonly Instrument[];
  /** By instrument: sessions and trading days as integer UTC tables. */
  readonly calendars: readonly CalendarTable[];
  /** By instrument: steps from its quote currency to the account currency. */
  readonly conversionPaths: readonly ConversionPath[];
  readonly account: AccountSpec;
  readonly strategies: readonly StrategyBinding[];
  /** In the fixed order of gates. */
  readonly gates: readonly Gate[];
  /** What those gates have to remember, and the profile that orders are reserved at. */
  readonly risk: RiskSpec;
  readonly keys: IdentityLimits;
  readonly venue: VenueCapabilities;
  /** Seed of the strategies' random sources. */
  readonly seed: number;
  /** Time between samples of the equity curve. */
  readonly equityIntervalUs: number;
  /** An entry older than this is withdrawn instead of sent (X8). */
  readonly intentAgeMaxUs: number;
  /** Who sends the rest of exits that end short (X12). */
  readonly exits: ExitRules;
  /** Failed orders that stop new risk (X12). */
  readonly failures: FailureLimits;
  /** Ended orders that are kept for late facts. */
  readonly endedOrdersMax: number;
}
