import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** As `bin/tiyf` starts the engine. */
const ENGINE_FLAGS = ['--conditions=tiyf-source', '--min-semi-space-size=8'];

/** Figures of one run, by name. */
export type Figures = Readonly<Record<string, number>>;

/**
 * Runs a scenario of `bench/scenarios.ts` in fresh processes, since the same code can settle at two
 * speeds, and gives the median of each figure.
 */
export function mediansOf(scenario: string, runs: number): Figures {
  const script = fileURLToPath(new URL('./scenarios.ts', import.meta.url));
  const all: Figures[] = [];
  for (let run = 0; run < runs; run++) {
    const child = spawnSync(process.execPath, [...ENGINE_FLAGS, script, scenario], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.status !== 0) throw new Error(`scenario ${scenario} failed`);
    all.push(JSON.parse(child.stdout) as Figures);
  }
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(all.map((one) => one[name] ?? 0))]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
