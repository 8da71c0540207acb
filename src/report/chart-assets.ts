import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What a page with charts holds besides its own scripts and styles. */
export interface Assets {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

let assets: Assets | undefined;

/** The chart library, read from its package once. */
export function chartAssets(): Assets {
  if (assets === undefined) {
    const { resolve } = createRequire(import.meta.url);
    const read = (file: string): string => readFileSync(resolve(`uplot/dist/${file}`), 'utf8');
    assets = { scripts: [read('uPlot.iife.min.js')], styles: [read('uPlot.min.css')] };
  }
  return assets;
}
