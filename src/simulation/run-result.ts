import type { Plan } from './faults.ts';
import type { CrashPoint, MachineFigures } from './machine.ts';
import type { Invariant } from './violation.ts';

/** The figures of one run. */
export interface RunFigures extends MachineFigures {
  readonly orders: number;
  readonly fills: number;
  readonly facts: number;
  readonly groups: number;
  readonly faults: Readonly<Record<string, number>>;
}

export interface RunResult {
  readonly plan: Plan;
  readonly venue: string;
  /** Checksum over what was journaled and what was sent: equal for equal runs. */
  readonly trace: string;
  readonly figures: RunFigures;
  /** The faults that struck, by name, in order. */
  readonly struck: readonly string[];
  readonly activeUs: number;
  readonly violation: { readonly invariant: Invariant; readonly message: string } | undefined;
  /** What happened, a line each; only where it was asked for. */
  readonly lines: readonly string[];
}

export interface RunOptions {
  readonly keepTrace?: boolean;
  /** Crash points by boot, instead of those that the faults choose. */
  readonly crashes?: (boot: number) => CrashPoint | undefined;
}
