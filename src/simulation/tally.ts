import { formatPlan } from './faults.ts';
import type { RunResult } from './run-result.ts';
import type { Invariant } from './violation.ts';
import { WORLDS, type WorldName } from './worlds.ts';

/** A run that broke an invariant: the plan that shows it, as {@link formatPlan} writes it. */
export interface FoundViolation {
  readonly plan: string;
  readonly invariant: Invariant;
  readonly message: string;
}

const COUNTED = [
  'boots',
  'processEnds',
  'machineEnds',
  'fatalStops',
  'statesCompared',
  'segmentsArchived',
  'orders',
  'fills',
  'facts',
  'groups',
] as const;

/** The sums over many runs. Plain, so that it passes between threads. */
export interface Tally {
  seeds: number;
  /** Runs that were made twice and compared. */
  replays: number;
  readonly sums: Record<(typeof COUNTED)[number], number>;
  /** By name; only those of the worlds that were run. */
  readonly faults: Record<string, number>;
  readonly violations: FoundViolation[];
}

function zeros<K extends string>(names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
}

export function blankTally(): Tally {
  return { seeds: 0, replays: 0, sums: zeros(COUNTED), faults: {}, violations: [] };
}

function addFaults(to: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [fault, times] of Object.entries(from)) to[fault] = (to[fault] ?? 0) + times;
}

export function addTally(to: Tally, from: Tally): void {
  to.seeds += from.seeds;
  to.replays += from.replays;
  for (const name of COUNTED) to.sums[name] += from.sums[name];
  addFaults(to.faults, from.faults);
  to.violations.push(...from.violations);
}

function addRun(tally: Tally, { figures, violation, plan }: RunResult): void {
  tally.seeds += 1;
  for (const name of COUNTED) tally.sums[name] += figures[name];
  addFaults(tally.faults, figures.faults);
  if (violation !== undefined) tally.violations.push({ plan: formatPlan(plan), ...violation });
}

/** One seed in so many is run twice: the same seed gives the same trace. */
const REPLAYED_EVERY = 25;

/** Runs seeds `from … to`, both included, of a kind of world. */
export function simulateSeeds(from: number, to: number, world: WorldName = 'wire'): Tally {
  const { run } = WORLDS[world];
  const tally = blankTally();
  for (let seed = from; seed <= to; seed += 1) {
    const first = run({ seed });
    addRun(tally, first);
    if (seed % REPLAYED_EVERY !== 0) continue;
    tally.replays += 1;
    const second = run({ seed });
    if (second.trace === first.trace) continue;
    const message = `seed ${seed} gives trace ${first.trace}, and then ${second.trace}`;
    tally.violations.push({ plan: String(seed), invariant: 'replay_differs', message });
  }
  return tally;
}
