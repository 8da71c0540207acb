import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BAD_BROKERS, BROKER_CONFIG } from '../testing/bad-brokers.ts';
import {
  BAD_FILES,
  BAD_INSTRUMENTS,
  BAD_SYNTHETIC,
  type BadConfig,
} from '../testing/bad-configs.ts';
import { BAD_GATES } from '../testing/bad-gates.ts';
import { BAD_BINARY, BINARY_CONFIG } from '../testing/binary-samples.ts';
import {
  ConfigFolder,
  FILES_CONFIG,
  INSTRUMENT_FILE,
  SYNTHETIC_CONFIG,
} from '../testing/config-samples.ts';
import { BAD_CONVERTED, CONVERTED_CONFIG } from '../testing/converted-samples.ts';
import { assemble } from './assemble.ts';
import { ConfigError, type ConfigIssue } from './issue.ts';
import { configJsonSchema, instrumentFileJsonSchema } from './json-schema.ts';
import { loadConfig } from './load.ts';

/** Every setting of a schema, `a.b.c`; lists and symbols add no part. */
function settingsOf(schema: unknown, path = ''): string[] {
  if (Array.isArray(schema)) return schema.flatMap((one) => settingsOf(one, path));
  if (typeof schema !== 'object' || schema === null) return [];
  const get = (key: string): unknown => Reflect.get(schema, key);
  const own = Object.entries(Object(get('properties'))).flatMap(([name, value]) => {
    const inner = path === '' ? name : `${path}.${name}`;
    return [inner, ...settingsOf(value, inner)];
  });
  const nested = ['oneOf', 'anyOf', 'prefixItems', 'items', 'additionalProperties'];
  return [...own, ...nested.flatMap((key) => settingsOf(get(key), path))];
}

interface Spoilt {
  readonly text: string;
  /** Where the issue must be. */
  readonly line: number;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** White space in `find` stands for any, so that it may span lines. */
function spoil(good: string, { find, replace, at }: BadConfig): Spoilt {
  const pattern = find.split(/\s+/).map((word) => RegExp.escape(word));
  const [match, ...others] = good.matchAll(new RegExp(pattern.join('\\s+'), 'g'));
  assert.ok(match !== undefined && others.length === 0, `${find} must be there once`);
  const text = good.slice(0, match.index) + replace + good.slice(match.index + match[0].length);
  return { text, line: lineOf(text, at === '' ? match.index : text.indexOf(at)) };
}

describe('a bad configuration', () => {
  let folder: ConfigFolder;
  before(() => {
    folder = new ConfigFolder();
  });
  after(() => folder[Symbol.dispose]());

  async function issuesOf(name: string): Promise<readonly ConfigIssue[]> {
    try {
      await assemble(loadConfig(`${folder.path}/${name}`), 'backtest');
    } catch (error) {
      if (error instanceof ConfigError) return error.issues;
      throw error;
    }
    return [];
  }

  it('is none of the samples', async () => {
    folder.write('synthetic.jsonc', SYNTHETIC_CONFIG);
    folder.write('files.jsonc', FILES_CONFIG);
    folder.write('own.json', INSTRUMENT_FILE);
    assert.deepEqual(await issuesOf('synthetic.jsonc'), []);
    folder.write('broker.jsonc', BROKER_CONFIG);
    assert.deepEqual(await issuesOf('broker.jsonc'), []);
    assert.deepEqual(await issuesOf('files.jsonc'), []);
    folder.write('converted.jsonc', CONVERTED_CONFIG);
    assert.deepEqual(await issuesOf('converted.jsonc'), []);
    folder.write('binary.jsonc', BINARY_CONFIG);
    assert.deepEqual(await issuesOf('binary.jsonc'), []);
  });

  const groups = [
    { cases: BAD_GATES, good: SYNTHETIC_CONFIG, spoilt: 'config.jsonc', read: 'config.jsonc' },
    { cases: BAD_SYNTHETIC, good: SYNTHETIC_CONFIG, spoilt: 'config.jsonc', read: 'config.jsonc' },
    { cases: BAD_BROKERS, good: BROKER_CONFIG, spoilt: 'config.jsonc', read: 'config.jsonc' },
    { cases: BAD_FILES, good: FILES_CONFIG, spoilt: 'config.jsonc', read: 'config.jsonc' },
    { cases: BAD_CONVERTED, good: CONVERTED_CONFIG, spoilt: 'config.jsonc', read: 'config.jsonc' },
    { cases: BAD_BINARY, good: BINARY_CONFIG, spoilt: 'config.jsonc', read: 'config.jsonc' },
    { cases: BAD_INSTRUMENTS, good: INSTRUMENT_FILE, spoilt: 'own.json', read: 'synthetic.jsonc' },
  ];
  for (const { cases, good, spoilt, read } of groups) {
    for (const one of cases) {
      it(`is refused with ${one.code}: ${one.replace || 'nothing'}`, async () => {
        const { text, line } = spoil(good, one);
        folder.write('synthetic.jsonc', SYNTHETIC_CONFIG);
        folder.write('own.json', INSTRUMENT_FILE);
        const file = folder.write(spoilt, text);
        const issues = await issuesOf(read);
        assert.deepEqual(
          issues.map((issue) => ({ code: issue.code, file: issue.file, line: issue.line })),
          [{ code: one.code, file, line }],
          issues.map(({ message }) => message).join('\n'),
        );
      });
    }
  }

  it('is there for every setting, and each has its own code', () => {
    const covered = new Set(
      [
        ...BAD_SYNTHETIC,
        ...BAD_BROKERS,
        ...BAD_GATES,
        ...BAD_FILES,
        ...BAD_CONVERTED,
        ...BAD_BINARY,
      ].map(({ covers }) => covers),
    );
    assert.deepEqual(
      settingsOf(configJsonSchema()).filter((setting) => !covered.has(setting)),
      [],
    );
    const own = new Set(BAD_INSTRUMENTS.map(({ covers }) => covers));
    assert.deepEqual(
      settingsOf(instrumentFileJsonSchema()).filter((setting) => !own.has(setting)),
      [],
    );
    const all = [
      ...BAD_SYNTHETIC,
      ...BAD_BROKERS,
      ...BAD_GATES,
      ...BAD_FILES,
      ...BAD_CONVERTED,
      ...BAD_BINARY,
      ...BAD_INSTRUMENTS,
    ];
    const codes = all.map(({ code }) => code);
    assert.deepEqual(
      codes.filter((code, at) => codes.indexOf(code) !== at),
      [],
    );
    assert.ok(all.length >= 40);
  });
});
