import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigFolder, FILES_CONFIG } from '../testing/config-samples.ts';
import { IssueList } from './issue.ts';
import { loadConfig } from './load.ts';
import { findSources } from './market-files.ts';

describe('the files of a source', () => {
  it('are found by patterns of folders and names, sorted by the code units of their paths', () => {
    using folder = new ConfigFolder();
    const tree = join(folder.path, 'tree');
    const names = ['b-1/x.csv', 'b/x.csv', 'B/x.csv', 'b/y.csv', 'b10/x.csv', 'b9/x.csv'];
    for (const name of [...names, 'c/x.csv', 'b/deep/x.csv', 'b.csv', 'b/z.csv/x.csv']) {
      mkdirSync(join(tree, dirname(name)), { recursive: true });
      folder.write(`tree/${name}`, 'x');
    }
    const filesOf = (pattern: string): readonly string[] => {
      const file = folder.write(
        'config.jsonc',
        FILES_CONFIG.replace('quotes/*_quote.csv', pattern),
      );
      const loaded = loadConfig(file);
      const { market } = loaded.config;
      assert(market.kind === 'files');
      const [first] = findSources(loaded, market, new IssueList());
      return first?.files.map((path) => relative(tree, path)) ?? [];
    };
    assert.deepEqual(filesOf('tree/?/x.csv'), ['B/x.csv', 'b/x.csv', 'c/x.csv']);
    assert.deepEqual(filesOf('tr*e/b*/?.csv'), [
      'b-1/x.csv',
      'b/x.csv',
      'b/y.csv',
      'b10/x.csv',
      'b9/x.csv',
    ]);
    assert.deepEqual(filesOf('tree/*/*/x.csv'), ['b/deep/x.csv', 'b/z.csv/x.csv']);
    assert.deepEqual(filesOf('tree/b/x.csv'), ['b/x.csv']);
    for (const none of [
      'tree/[b]/x.csv',
      'tree/*/none.csv',
      'no/*/x.csv',
      'tree/b',
      'tree/b.csv/*',
    ]) {
      assert.deepEqual(filesOf(none), [], none);
    }
  });
});
