import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Variant } from './variants.ts';

/** What became of a broken engine. */
export interface BadOutcome {
  /** How often the fragment was found in the file, when it was loaded; 1 is right. */
  readonly found: number;
  /** Seeds until the first violation, or all of them. */
  readonly seeds: number;
  readonly invariant: string | undefined;
  readonly message: string;
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
  for (let seed = from; seed < from + variant.seeds; seed += 1) {
    const [first] = simulateSeeds(seed, seed).violations;
    if (first === undefined) continue;
    const { invariant, message } = first;
    return { found, seeds: seed - from + 1, invariant, message };
  }
  return { found, seeds: variant.seeds, invariant: undefined, message: '' };
}

parentPort?.postMessage(outcome());
