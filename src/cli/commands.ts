import type { CommandSpec, OptionSpec } from './command.ts';

const TRADING = 'Trading:';
const CONFIGURATION = 'Configuration:';
const EVIDENCE = 'Evidence:';

const CONFIG: OptionSpec = {
  flags: '--config <file>',
  description: 'configuration (JSONC); paths in it are relative to it',
  required: true,
};
const JSON_OUTPUT: OptionSpec = {
  flags: '--json',
  description: 'print the result as JSON, alone on stdout',
};

const DATA: OptionSpec = {
  flags: '--data <dir>',
  description: 'data directory of the engine',
  required: true,
};

function countOf(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count === 0) throw new Error('a whole number of 1 to 999999999');
  return count;
}

/** Which frames of a journal are wanted. */
const FRAME_FILTERS: readonly OptionSpec[] = [
  DATA,
  { flags: '--order <id>', description: "only frames of this order: its number or the broker's" },
  { flags: '--decision <id>', description: 'only frames of this decision: strategy/symbol/number' },
  { flags: '--kind <kinds>', description: 'only these kinds, separated by commas' },
  { flags: '--from <time>', description: 'only frames from this time on (UTC, ISO 8601)' },
  { flags: '--to <time>', description: 'only frames before this time (UTC, ISO 8601)' },
];

function speedOf(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (speed <= 0) throw new Error('a positive number, or max');
  return speed;
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > 65_535) throw new Error('a port is 0 to 65535');
  return port;
}

/** What a word that only leads to further commands is about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  config: 'check configurations, print their schema',
  journal: 'read and verify the journal of an engine',
};

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    words: 'backtest',
    group: TRADING,
    summary: 'run the strategies over recorded or synthetic quotes',
    options: [
      CONFIG,
      { flags: '--out <dir>', description: 'write trades, orders, fills, equity and summary here' },
      { flags: '--overwrite', description: 'replace results that stand in --out' },
      JSON_OUTPUT,
      { flags: '--quiet', description: 'show no progress' },
    ],
    load: () => import('./backtest.ts'),
  },
  {
    words: 'run',
    group: TRADING,
    summary: 'trade live on the embedded venue, with /health and /metrics on loopback',
    options: [
      CONFIG,
      {
        flags: '--speed <n>',
        description: 'market seconds in a real second; max plays a tape as fast as it goes',
        parse: speedOf,
      },
      { flags: '--data <dir>', description: 'data directory, instead of the configured one' },
      { flags: '--port <n>', description: 'port of the host; 0 takes a free one', parse: portOf },
    ],
    load: () => import('./run.ts'),
  },
  {
    words: 'config check',
    group: CONFIGURATION,
    summary: 'say everything that is wrong with a configuration',
    argument: { name: '<file>', description: 'configuration (JSONC)' },
    options: [JSON_OUTPUT],
    load: () => import('./config-check.ts'),
  },
  {
    words: 'config schema',
    group: CONFIGURATION,
    summary: 'print the JSON Schema of configurations, for editors',
    options: [{ flags: '--instruments', description: 'of files of your own instruments' }],
    load: () => import('./config-schema.ts'),
  },
  {
    words: 'journal cat',
    group: EVIDENCE,
    summary: 'print the frames of a journal, one JSON line each',
    options: FRAME_FILTERS,
    load: () => import('./journal-cat.ts'),
  },
  {
    words: 'journal tail',
    group: EVIDENCE,
    summary: 'print the last frames of a journal',
    options: [
      ...FRAME_FILTERS,
      { flags: '--lines <n>', description: 'how many (20)', parse: countOf },
    ],
    load: () => import('./journal-tail.ts'),
  },
  {
    words: 'journal export',
    group: EVIDENCE,
    summary: 'write the frames of a journal to a file, one JSON line each',
    options: [
      ...FRAME_FILTERS,
      { flags: '--out <file>', description: 'the file; it appears complete', required: true },
      { flags: '--overwrite', description: 'replace the file if it is there' },
    ],
    load: () => import('./journal-export.ts'),
  },
  {
    words: 'journal verify',
    group: EVIDENCE,
    summary: 'check every checksum, digest and link of a journal',
    options: [DATA, JSON_OUTPUT],
    load: () => import('./journal-verify.ts'),
  },
];
