import { FAULTS, type Plan } from './faults.ts';
import { HTTP_FAULT_NAMES } from './http-faults.ts';
import { simulateHttp } from './http-world.ts';
import type { RunOptions, RunResult } from './run-result.ts';
import { simulate } from './world.ts';

/** A kind of world, by what stands between the engine and its venue. */
export interface SimulatedWorld {
  readonly run: (plan: Plan, options?: RunOptions) => RunResult;
  readonly faults: readonly string[];
}

export const WORLDS = {
  /** A simulated adapter to a simulated venue: every kind of venue there may be. */
  wire: { run: simulate, faults: FAULTS },
  /** The OANDA adapter over HTTP to the broker that speaks its words. */
  http: { run: simulateHttp, faults: HTTP_FAULT_NAMES },
} as const satisfies Record<string, SimulatedWorld>;
export type WorldName = keyof typeof WORLDS;
export const WORLD_NAMES = Object.keys(WORLDS) as WorldName[];
