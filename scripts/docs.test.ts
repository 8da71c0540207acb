import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lifeCycleDiagram } from '../src/kernel/orders/transitions.ts';
import { controlTable, gateTable } from '../src/testing/controls-tables.ts';

const ROOT = new URL('../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** Every document of the project, by its path. */
function documents(): readonly string[] {
  const docs = readdirSync(new URL('docs', ROOT), { recursive: true, encoding: 'utf8' });
  return [
    'README.md',
    ...docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ];
}

suite('the documents', () => {
  test('the diagram of order states is that of the table', () => {
    assert(
      read('docs/order-states.md').includes(`\`\`\`mermaid\n${lifeCycleDiagram()}\n\`\`\``),
      `docs/order-states.md is out of date; the diagram is now:\n${lifeCycleDiagram()}`,
    );
  });

  test('the tables of controls are those of the gates', () => {
    const text = read('docs/controls.md');
    for (const [name, made] of [
      ['gates', gateTable()],
      ['controls', controlTable()],
    ] as const) {
      const block = `<!-- ${name} -->\n${made}\n<!-- /${name} -->`;
      assert(text.includes(block), `docs/controls.md is out of date; it is now:\n${block}`);
    }
  });

  test('every test that the controls name exists, by file and title', () => {
    const named = [...read('docs/controls.md').matchAll(/`([a-z/-]+\.test\.ts)` “([^”]+)”/g)];
    assert(named.length > 10, 'each control names its test');
    const missing = named.filter(([, file = '', title = '']) => !hasTest(file, title));
    assert.deepEqual(
      missing.map(([, file, title]) => `${file}: ${title}`),
      [],
    );
  });

  test('the first strategy of the README is the one that stands in the examples', () => {
    assert(read('README.md').includes(`\`\`\`ts\n${read('examples/first/long-above.ts')}\`\`\``));
  });

  test('every file that a document names exists', () => {
    const missing = documents().flatMap((document) => {
      const named = read(document).matchAll(
        /`((?:src|docs|examples|scripts|bench|bin)\/[^`*\s]*)`/g,
      );
      return [...named]
        .map(([, path = '']) => path)
        .filter((path) => !existsSync(new URL(path, ROOT)))
        .map((path) => `${document}: ${path}`);
    });
    assert.deepEqual(missing, []);
  });

  test('every test that the specification names exists, by file and title', () => {
    const spec = read('docs/spec.md');
    const named = [...spec.matchAll(/`([a-z/-]+\.test\.ts)` “([^”]+)”/g)];
    assert(named.length > 20, 'the specification names its tests');
    const missing = named
      .filter(([, file = '', title = '']) => !hasTest(file, title))
      .map(([, file, title]) => `${file}: ${title}`);
    assert.deepEqual(missing, []);
  });

  test('the specification uses each number once', () => {
    const numbers = [...read('docs/spec.md').matchAll(/^- \*\*([A-Z]+\d+)\*\*/gm)];
    const names = numbers.map(([, name]) => name);
    assert(names.length > 20, 'the specification is numbered');
    assert.deepEqual(
      names.filter((name, i) => names.indexOf(name) !== i),
      [],
    );
  });

  test('the glossary has each word once, in alphabetical order', () => {
    const heads = [...read('docs/glossary.md').matchAll(/^- \*\*(.*?)\*\*/gm)];
    const words = heads.map(([, word = '']) => word.toLowerCase().replaceAll('-', ' '));
    assert(words.length > 20, 'the glossary has words');
    const inOrder = [...new Set(words)].sort((a, b) => (a < b ? -1 : 1));
    assert.deepEqual(words, inOrder);
  });
});

function hasTest(file: string, title: string): boolean {
  const path = fileURLToPath(new URL(file, ROOT));
  return existsSync(path) && readFileSync(path, 'utf8').includes(title);
}
