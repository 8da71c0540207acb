import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Variant } from './variants.ts';

/** What became of a broken engine. */
export interface BadOutcome {
  /** How often the fragment was found in the file, when it was loaded; 1 is right. */
  readonly found: number;
  /** Seeds until the invariant that must fire did, or all of them. */
  readonly seeds: number;
  /** That invariant; `undefined` where it never fired. */
  readonly invariant: string | undefined;
  /** What else fired before it, by seed: one defect may show in more than one way. */
  readonly others: readonly string[];
}

const { variant, from } = workerData as { readonly variant: Variant; readonly from: number };
let found = 0;

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith(`/src/${variant.file}`)) return nextLoad(url, context);
    const source = readFileSync(new URL(url), 'utf8');
    found = source.split(variant.find).length - 1;
    const patched = stripTypeScriptTypes(source.replace(variant.find, () => variant.replace));
    return { format: 'module', source: patched, shortCircuit: true };
  },
});

// Only now, so that the hook is there.
const { simulateSeeds } = await import('../tally.ts');

function outcome(): BadOutcome {
  const others: string[] = [];
  for (let seed = from; seed < from + variant.seeds; seed += 1) {
    const [first] = simulateSeeds(seed, seed, variant.world).violations;
    if (first === undefined) continue;
    const { invariant, message } = first;
    if (invariant === variant.invariant)
      return { found, seeds: seed - from + 1, invariant, others };
    others.push(`seed ${seed}, ${invariant}: ${message}`);
  }
  return { found, seeds: variant.seeds, invariant: undefined, others };
}

parentPort?.postMessage(outcome());
