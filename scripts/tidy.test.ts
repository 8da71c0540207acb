import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ALLOWANCES, withoutAllowed } from './tidy/allowances.ts';
import { findUntidy } from './tidy/check.ts';
import { type Finding, formatFinding } from './tidy/finding.ts';
import { Parser } from './tidy/parse.ts';
import { PURE_ROOMS, ROOMS } from './tidy/rooms.ts';
import { readSourceTree } from './tidy/source-tree.ts';

const ROOT = dirname(import.meta.dirname);

describe('the tidy rules', () => {
  let parser: Parser;
  before(() => {
    parser = new Parser();
  });
  after(() => parser[Symbol.dispose]());

  function find(rule: string, files: Readonly<Record<string, string>>): Finding[] {
    const findings = findUntidy(new Map(Object.entries(files)), parser);
    return findings.filter((finding) => finding.rule === rule);
  }

  /** The lines that end in `// ✗`, and they alone, breach the rule. */
  function checkMarked(rule: string, path: string, source: string): void {
    const lines = source.split('\n');
    const marked = lines.flatMap((line, index) => (line.endsWith('// ✗') ? [index + 1] : []));
    const found = new Set(find(rule, { [path]: source }).map((finding) => finding.line));
    assert.deepEqual([...found], marked);
    assert.notEqual(marked.length, 0);
  }

  function checkClean(rule: string, path: string, source: string): void {
    assert.deepEqual(find(rule, { [path]: source }).map(formatFinding), []);
  }

  it('let a room import only from rooms below it, in every form of import', () => {
    const source = `
      import { a } from '../model/a.ts';
      import type { B } from '../market/b.ts';
      import { own } from './own.ts';
      import { r } from '../runtime/r.ts'; // ✗
      import type { R } from '../runtime/r.ts'; // ✗
      import '../cli/main.ts'; // ✗
      export type { C } from '../config/c.ts'; // ✗
      export * from '../journal/j.ts'; // ✗
      type D = import('../data/d.ts').D; // ✗
      const text = "import { r } from '../runtime/r.ts'"; // import '../runtime/r.ts'
      const t = import('./own/later.ts');`;
    checkMarked('rooms', 'src/kernel/x.ts', source);
    checkMarked('rooms', 'src/venues/x.ts', `const h = import('../host/h.ts'); // ✗`);
    checkClean('rooms', 'src/cli/x.ts', source);
    checkClean('rooms', 'src/kernel/x.test.ts', source);
  });

  it('know every room of the list and no other', () => {
    for (const [index, room] of ROOMS.entries()) {
      const below = ROOMS[index + 1];
      if (below === undefined) continue;
      checkClean('rooms', `src/${room}/x.ts`, `import '../${below}/y.ts';`);
      checkMarked('rooms', `src/${below}/x.ts`, `import '../${room}/y.ts'; // ✗`);
    }
    checkMarked('rooms', 'src/attic/x.ts', 'export const a = 1; // ✗');
    checkMarked('rooms', 'src/index.ts', 'export const a = 1; // ✗');
  });

  it('keep packages and modules of Node out of the pure rooms', () => {
    const source = `
      import { readFileSync } from 'node:fs'; // ✗
      import { z } from 'zod'; // ✗
      import type { Hono } from 'hono'; // ✗`;
    for (const room of PURE_ROOMS) checkMarked('rooms', `src/${room}/x.ts`, source);
    checkClean('rooms', 'src/journal/x.ts', source);
    checkClean('rooms', 'src/kernel/x.test.ts', source);
    checkMarked('rooms', 'src/cli/x.ts', `import 'tiyf-engine/strategy'; // ✗`);
  });

  it('let only tests import src/testing, and nothing import a test', () => {
    const source = `import { b } from '../testing/builders.ts'; // ✗`;
    checkMarked('rooms', 'src/cli/x.ts', source);
    checkClean('rooms', 'src/model/x.test.ts', source);
    checkClean('rooms', 'src/testing/x.ts', `import { c } from '../cli/main.ts';`);
    checkClean('rooms', 'bench/x.ts', `import '../src/testing/builders.ts';`);
    checkClean('rooms', 'bench/x.ts', `import '../src/kernel/kernel.ts';`);
    checkMarked('rooms', 'src/cli/x.ts', `import './y.test.ts'; // ✗`);
    checkMarked('rooms', 'src/cli/x.test.ts', `import './y.test.ts'; // ✗`);
  });

  it('keep src to itself, with endings that Node can load', () => {
    checkMarked('rooms', 'src/cli/x.ts', `import '../../scripts/test.ts'; // ✗`);
    checkMarked('rooms', 'src/cli/x.ts', `import './y'; // ✗\nimport './y.js'; // ✗`);
  });

  it('let an example import the published interface and its own files alone', () => {
    const source = `
      import { Strategy } from 'tiyf-engine/strategy';
      import { helper } from './helper.ts';
      import { z } from 'zod';
      import { f } from 'node:fs'; // ✗
      import { k } from '../../src/kernel/kernel.ts'; // ✗`;
    checkMarked('rooms', 'examples/cross/strategy.ts', source);
    checkClean('rooms', 'examples/cross/strategy.test.ts', source);
  });

  it('ban clocks, randomness, timers and input and output from the pure rooms', () => {
    const source = `
      const a = Date.now(); // ✗
      const b = new Date(0); // ✗
      const c = Temporal.Now.instant(); // ✗
      const d = Math.random(); // ✗
      const e = Math.pow(2, 3) + Math.exp(1); // ✗
      const { log } = Math; // ✗
      const f = Math['random'](); // ✗
      const g = new Intl.NumberFormat(); // ✗
      setTimeout(() => 1, 1); // ✗
      queueMicrotask(() => 1); // ✗
      const h: Promise<number> = later(); // ✗
      process.exit(1); // ✗
      console.log(1); // ✗
      const i = globalThis.Date; // ✗
      const j = structuredClone(a); // ✗
      const k = { performance }; // ✗
      const l = [fetch]; // ✗
      crypto.randomUUID(); // ✗
      async function m() { return 1; } // ✗
      const n = import('./n.ts'); // ✗
      // Date.now() and Math.random() in a comment
      const text = 'Date.now()' + \`process.exit \${1}\`;
      const o = Math.floor(1) + Math.sqrt(2) + Math.imul(3, 4);
      const p = order.performance + clock.Date + { process: 1, fetch() { return 1; } }.process;
      interface Q { console: number; fetch(): void }
      const r = /Date.now()/;`;
    checkMarked('purity', 'src/kernel/x.ts', source);
    checkMarked('purity', 'src/model/orders/x.ts', source);
    checkClean('purity', 'src/kernel/x.test.ts', source);
    checkClean('purity', 'src/runtime/x.ts', source);
  });

  it('ban what depends on the order of keys, the locale or the engine from the pure rooms', () => {
    const source = `
      for (const key in data) use(key); // ✗
      Object.keys(data); // ✗
      for (const [k, v] of Object.entries(data)) use(k, v); // ✗
      Object.fromEntries([]); // ✗
      const { values } = Object; // ✗
      Reflect.ownKeys(data); // ✗
      list.sort(); // ✗
      list?.toSorted(); // ✗
      a.localeCompare(b); // ✗
      a.toLocaleString(); // ✗
      a['toLocaleUpperCase'](); // ✗
      const root = 2 ** 0.5; // ✗
      let x = 4; x **= 1.5; // ✗
      Object.freeze(data);
      list.sort((one, two) => one - two);
      sort();
      const power = 10n ** 3n + 2 ** 8;
      for (const item of list) use(item);
      if ('a' in data) use(data);`;
    checkMarked('purity', 'src/market/x.ts', source);
    checkClean('purity', 'src/report/x.ts', source);
  });

  it('ban enum, default export, namespace, parameter properties, any and !', () => {
    const source = `
      enum A { One } // ✗
      export default function b() {} // ✗
      export { b as default }; // ✗
      namespace C { export const one = 1; } // ✗
      class D { constructor(private readonly one: number) {} } // ✗
      class E { constructor(readonly one: number) {} } // ✗
      function f(one: any) { return one; } // ✗
      const g = [] as any[]; // ✗
      const h = map.get(1)!; // ✗
      let i!: number; // ✗
      class J { one!: number; } // ✗
      const any = 'enum namespace default'; // any!
      switch (any) { default: break; }
      const k = !any;
      const l = { default: 1, enum: 2 }.default;
      declare global { interface Array<T> { one: T } }
      class M { readonly one: number = 1; constructor(one: number) { this.one = one; } }`;
    for (const folder of ['src/kernel', 'bench', 'examples/one', 'scripts']) {
      checkMarked('language', `${folder}/x.ts`, source);
    }
    checkMarked('language', 'src/cli/x.test.ts', `export default 1; // ✗`);
  });

  it('find number fields that are left bare, by every name that a number has', () => {
    const source = `
      type Price = number & { readonly __unit: 'price' };
      class A {
        a: number; // ✗
        readonly b: number; // ✗
        #c: number; // ✗
        d: Price; // ✗
        e; // ✗
        static f: number; // ✗
        declare g: number;
        declare readonly h: Price;
        i = 0.5;
        #j: Price = NO_PRICE;
        k: Order;
        l: number[];
        m?: number;
        n: number | undefined;
        constructor(o: number) { this.a = o; }
      }
      abstract class B { abstract a: number; }
      declare class C { a: number; }
      interface D { a: number }`;
    checkMarked('shape', 'src/kernel/x.ts', source);
    checkClean('shape', 'bench/x.ts', source);
  });

  it('find files that only re-export', () => {
    const barrel = `export { a } from './a.ts';\nexport * from './b.ts';`;
    assert.equal(find('shape', { 'src/market/bars.ts': barrel }).length, 1);
    assert.equal(
      find('shape', { 'src/market/b.ts': `import { a } from './a.ts';\nexport { a };` }).length,
      1,
    );
    checkClean('shape', 'src/kernel/strategy/api.ts', barrel);
    checkClean('shape', 'src/market/bars.ts', `${barrel}\nexport const own = 1;`);
    checkClean('shape', 'src/cli/main.ts', `import './commands.ts';`);
  });

  it('find files, functions and lines that are too long', () => {
    const line = 'export const a = 1;\n';
    assert.equal(find('size', { 'src/cli/x.ts': line.repeat(451) })[0]?.line, 1);
    checkClean('size', 'src/cli/x.ts', line.repeat(450));
    const body = (lines: number) => `function a() {\n${'  use();\n'.repeat(lines - 2)}}\n`;
    checkClean('size', 'src/cli/x.ts', body(80));
    assert.equal(find('size', { 'src/cli/x.ts': `\n${body(81)}` })[0]?.line, 2);
    const arrow = `describe('x', () => {\n${'  use();\n'.repeat(90)}});\n`;
    assert.equal(find('size', { 'src/cli/x.ts': arrow }).length, 1);
    checkClean('size', 'src/cli/x.test.ts', arrow);
    const wide = (columns: number) => `// ${'ä'.repeat(columns - 3)}`;
    assert.equal(find('columns', { 'src/cli/x.ts': `\n${wide(101)}` })[0]?.line, 2);
    checkClean('columns', 'src/cli/x.ts', wide(100));
    checkClean('columns', 'src/cli/x.ts', `// see https://example.org/${'a'.repeat(100)} there`);
  });

  it('give the title of a test a little more room', () => {
    const title = `test('${'a'.repeat(94)}', () => {`;
    checkClean('columns', 'src/cli/x.test.ts', title);
    assert.equal(find('columns', { 'src/cli/x.ts': title }).length, 1);
    assert.equal(find('columns', { 'src/cli/x.test.ts': `${title}${'b'.repeat(20)}` }).length, 1);
  });

  it('find files that nothing leads to, be it in a circle', () => {
    const files = {
      'src/cli/main.ts': `import '../host/used.ts'; const a = import('../host/lazy.ts');`,
      'src/host/used.ts': `export type { T } from './types.ts';`,
      'src/host/lazy.ts': '',
      'src/host/types.ts': '',
      'src/host/dead.ts': `import './circle.ts';`,
      'src/host/circle.ts': `import './dead.ts'; import './used.ts';`,
      'src/model/tested.test.ts': `import './tested.ts';`,
      'src/model/tested.ts': '',
      'src/kernel/strategy/api.ts': '',
      'bench/main.ts': `import '../src/market/benched.ts';`,
      'src/market/benched.ts': '',
    };
    const found = find('dead', files).map((finding) => finding.path);
    assert.deepEqual(found, ['src/host/circle.ts', 'src/host/dead.ts']);
  });

  it('find names that are not kebab-case', () => {
    const bad = ['src/cli/Main.ts', 'src/cli/runAll.ts', 'src/my_room/x.ts', 'src/cli/a.b.ts'];
    for (const path of bad) assert.equal(find('names', { [path]: '' }).length, 1, path);
    checkClean('names', 'src/cli/run-all-2.ts', '');
    checkClean('names', 'examples/ema-cross/strategy.test.ts', '');
  });

  it('keep floats out of money code', () => {
    const source = `
      const a = b / c; // ✗
      d /= 2; // ✗
      const e = 0.5; // ✗
      const f = 1e-3; // ✗
      const g = parseFloat(text); // ✗
      const h = Number.parseFloat(text); // ✗
      const i = Number('1.5'); // ✗
      const j = price.toFixed(2); // ✗
      const k = +text; // ✗
      const l = 10n * 3n - 1_000n + 1e3;
      const m = Number(count); // a / b, 0.5
      const n = /a\\/b/.test('1.5');
      const o = -count + 1;`;
    const paths = [
      'src/kernel/account/position.ts',
      'src/model/decimal.ts',
      'src/venues/sim/commission.ts',
      'src/venues/sim/financing-rates.ts',
      'src/slippage/models/x.ts',
    ];
    for (const path of paths) checkMarked('money', path, source);
    checkClean('money', 'src/kernel/account/position.test.ts', source);
    checkClean('money', 'src/analysis/x.ts', source);
    checkClean('money', 'src/model/arithmetic.ts', 'const a = b / c;');
    checkMarked('money', 'src/model/arithmetic.ts', 'const a = 0.5; // ✗');
  });

  it('keep hooks of one test file from running for all of them', () => {
    const source = `
      beforeEach(() => {}); // ✗
      after(close); // ✗
      describe('x', () => { beforeEach(() => {}); });`;
    checkMarked('test-hooks', 'src/cli/x.test.ts', source);
    checkClean('test-hooks', 'src/testing/x.ts', source);
  });

  it('find words of the place where this was written, in documents too', () => {
    const words = [
      ['/wo', 'rk/main'],
      ['x/.lib', 'rary'],
      ['fa', 'rm-3'],
    ].map((w) => w.join(''));
    for (const word of words) {
      const found = find('workplace', { 'docs/a.md': `one\nsee ${word}\n` });
      assert.deepEqual(
        found.map(({ path, line }) => [path, line]),
        [['docs/a.md', 2]],
      );
    }
    checkClean(
      'workplace',
      'docs/a.md',
      'the framework/library of a farm; samples in ../shared/data',
    );
  });

  it('report breaches by path and line', () => {
    const files = { 'src/model/b.ts': '\nDate;', 'src/model/a.ts': 'Date;\nconst a = Date;' };
    const found = find('purity', files).map(({ path, line }) => `${path}:${line}`);
    assert.deepEqual(found, ['src/model/a.ts:1', 'src/model/a.ts:2', 'src/model/b.ts:2']);
  });

  it('drop what is allowed and report allowances that are needed no more', () => {
    const finding = { rule: 'purity', path: 'src/model/a.ts', line: 3, message: 'no Date here' };
    const allowance = { rule: 'purity', path: 'src/model/a.ts', message: 'Date', reason: 'test' };
    assert.deepEqual(withoutAllowed([finding], [allowance]), []);
    const other = { ...finding, path: 'src/model/b.ts' };
    const left = withoutAllowed([other], [allowance]);
    assert.deepEqual(
      left.map(({ rule, path }) => [rule, path]),
      [
        ['purity', 'src/model/b.ts'],
        ['allowances', 'src/model/a.ts'],
      ],
    );
  });

  it('hold for this repository', () => {
    const findings = withoutAllowed(findUntidy(readSourceTree(ROOT), parser), ALLOWANCES);
    if (findings.length > 0) assert.fail(`\n${findings.map(formatFinding).join('\n')}`);
  });
});
