import type { Finding } from './finding.ts';

/** A breach that is right where it stands. */
export interface Allowance {
  readonly rule: string;
  readonly path: string;
  /** Part of the finding's message. */
  readonly message: string;
  readonly reason: string;
}

/** Kept short: a new line here needs a reason that a reviewer would accept. */
export const ALLOWANCES: readonly Allowance[] = [
  {
    rule: 'purity',
    path: 'src/model/printer.ts',
    message: 'Object.fromEntries',
    reason: 'the printer renders records for people, in the order of the walk',
  },
  {
    rule: 'purity',
    path: 'src/kernel/strategy/plain-data.ts',
    message: 'Object.keys',
    reason: 'saved data of strategies is made canonical: its names are sorted on the spot',
  },
  {
    rule: 'size',
    path: 'bench/floor-loop.ts',
    message: 'a function has at most',
    reason: 'the floor is one loop with nothing around it, reviewed once and frozen',
  },
  {
    rule: 'dead',
    path: 'src/testing/cut-run.ts',
    message: 'nothing imports this file',
    reason: 'a test runs it in a process of its own',
  },
  {
    rule: 'dead',
    path: 'src/testing/journal-writer.ts',
    message: 'nothing imports this file',
    reason: 'a process of its own, which real-faults.test.ts starts under strace',
  },
  {
    rule: 'dead',
    path: 'src/backtest/sweep/point-worker.ts',
    message: 'nothing imports this file',
    reason: 'the threads of a sweep start with it',
  },
  {
    rule: 'dead',
    path: 'src/host/front-worker.ts',
    message: 'nothing imports this file',
    reason: 'the thread that listens starts with it',
  },
  {
    rule: 'dead',
    path: 'src/simulation/seed-worker.ts',
    message: 'nothing imports this file',
    reason: 'the threads of the simulator start with it',
  },
];

function covers(allowance: Allowance, finding: Finding): boolean {
  return (
    allowance.rule === finding.rule &&
    allowance.path === finding.path &&
    finding.message.includes(allowance.message)
  );
}

/** What is left after the allowances, and a finding for each that allows nothing any more. */
export function withoutAllowed(
  findings: readonly Finding[],
  allowances: readonly Allowance[],
): Finding[] {
  const left = findings.filter((finding) => !allowances.some((one) => covers(one, finding)));
  const stale = allowances
    .filter((allowance) => !findings.some((finding) => covers(allowance, finding)))
    .map(({ rule, path, message }) => ({
      rule: 'allowances',
      path,
      line: 1,
      message: `scripts/tidy/allowances.ts allows ${rule} “${message}” here, but nothing needs it`,
    }));
  return [...left, ...stale];
}
