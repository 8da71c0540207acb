import type { CommandSpec, OptionSpec } from './command.ts';

const TRADING = 'Trading:';
const CONFIGURATION = 'Configuration:';

const CONFIG: OptionSpec = {
  flags: '--config <file>',
  description: 'configuration (JSONC); paths in it are relative to it',
  required: true,
};
const JSON_OUTPUT: OptionSpec = {
  flags: '--json',
  description: 'print the result as JSON, alone on stdout',
};

/** What a word that only leads to further commands is about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  config: 'check configurations, print their schema',
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
];
