import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const MODULES = join(ROOT, 'node_modules');

/** In JavaScript: where there is no compiler, types cannot be stripped either. */
const STRATEGY = `
import { defineStrategy } from 'tiyf-engine/strategy';
import { z } from 'zod';
export const strategy = defineStrategy({
  name: 'turn', version: 1, parameters: z.strictObject({}),
  create(setup) {
    const instrument = setup.instrument('EURUSD');
    setup.bars(instrument, '1m', 'mid');
    const [fast, slow] = [setup.ema(3), setup.ema(8)];
    return {
      onBar(context, bar) {
        fast.update(bar.close);
        slow.update(bar.close);
        if (!slow.ready || context.openOrders().length > 0) return;
        const units = (fast.value > slow.value ? 1000 : -1000) - context.position(instrument);
        if (units === 0) return;
        const quantity = Math.abs(units);
        context.submit({ instrument, side: units > 0 ? 'buy' : 'sell', type: 'market', quantity });
      },
    };
  },
});
`;

const CONFIG = {
  id: 'jitless',
  account: { currency: 'USD', balance: '100000' },
  instruments: { use: ['EURUSD'] },
  market: {
    kind: 'synthetic',
    seed: 7,
    from: '2024-01-08T00:00:00Z',
    to: '2024-01-08T06:00:00Z',
  },
  strategies: [{ id: 'turn', module: './strategy.js', instruments: ['EURUSD'], parameters: {} }],
};

/** Prints the trace of each seed: checksums over what was sent, and over what was journaled. */
const TRACES = `
import { simulate } from './dist/simulation/world.js';
const traces = [];
for (let seed = 1; seed <= 30; seed += 1) {
  const { venue, trace, violation } = simulate({ seed });
  traces.push({ seed, venue, trace, violation });
}
console.log(JSON.stringify(traces));
`;

let folder = '';

/** What verifying says of the journal of a run of the built files, under these flags of Node. */
function journalUnder(flags: readonly string[]): Record<string, unknown> {
  const main = join(folder, 'dist', 'cli', 'main.js');
  const tiyf = (...words: readonly string[]): string =>
    execFileSync(process.execPath, [...flags, main, ...words], { encoding: 'utf8' });
  const journal = join(folder, `journal${flags.join('')}`);
  const config = join(folder, 'config.json');
  tiyf('backtest', '--config', config, '--journal', journal, '--quiet', '--no-cache');
  return JSON.parse(tiyf('journal', 'verify', '--data', journal, '--json'));
}

interface Traced {
  readonly venue: string;
  readonly trace: string;
  readonly violation?: unknown;
}

/** The traces of the first seeds, simulated by the built files under these flags of Node. */
function tracesUnder(flags: readonly string[]): readonly Traced[] {
  const argv = [...flags, join(folder, 'traces.js')];
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' }));
}

describe('the built engine', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiyf-jitless-'));
    const out = ['--outDir', join(folder, 'dist'), '--declaration', 'false'];
    const build = ['-p', join(ROOT, 'tsconfig.build.json'), ...out];
    execFileSync(join(MODULES, '.bin', 'tsc'), build, { stdio: 'inherit' });
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(MODULES, join(folder, 'node_modules'));
    writeFileSync(join(folder, 'strategy.js'), STRATEGY);
    writeFileSync(join(folder, 'config.json'), JSON.stringify(CONFIG));
    writeFileSync(join(folder, 'traces.js'), TRACES);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('journals the same to the byte whether or not its code is compiled', () => {
    const compiled = journalUnder([]);
    assert.equal(compiled['valid'], true);
    assert.ok(Number(compiled['frames']) > 200, `${compiled['frames']} frames`);
    assert.deepEqual(journalUnder(['--jitless']), compiled);
  });

  it('takes the same way through the simulated worlds whether or not its code is compiled', () => {
    const compiled = tracesUnder([]);
    assert.equal(compiled.length, 30);
    assert.deepEqual(new Set(compiled.map(({ violation }) => violation)), new Set([undefined]));
    assert.equal(new Set(compiled.map(({ venue }) => venue)).size, 5);
    assert.deepEqual(tracesUnder(['--jitless']), compiled);
  });
});
