import { parseDuration } from '../model/time.ts';
import { CACHE_DIRECTORY, CACHE_OPTIONS } from './cache-option.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { CONTROL_COMMANDS, JSON_OUTPUT } from './control-commands.ts';

const TRADING = 'Trading:';
const RESULTS = 'Results:';
const CONFIGURATION = 'Configuration:';
const EVIDENCE = 'Evidence:';
const DATA = 'Data:';

const CONFIG: OptionSpec = {
  flags: '--config <file>',
  description: 'configuration (JSONC); paths in it are relative to it',
  required: true,
};

const DATA_DIRECTORY: OptionSpec = {
  flags: '--data <dir>',
  description: 'data directory of the engine',
  required: true,
};

/** Which frames of a journal are wanted. */
const FRAME_FILTERS: readonly OptionSpec[] = [
  DATA_DIRECTORY,
  {
    flags: '--order <id>',
    description: 'only frames of this order: its number, its client id or any broker id',
  },
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

/** A whole number within bounds. */
function wholeOf(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : -1;
    if (value < min || value > max) throw new Error(`a whole number from ${min} to ${max}`);
    return value;
  };
}

function spanOf(text: string): number {
  const us = parseDuration(text);
  if (us === undefined) throw new Error('a span such as 36h or 90d');
  return us;
}

const asText = (text: string): string => text;

const SWEEP_OPTIONS: readonly OptionSpec[] = [
  CONFIG,
  {
    flags: '--out <dir>',
    description: 'results, and the journal by which an interrupted sweep goes on',
    required: true,
  },
  {
    flags: '--grid <key=values>',
    description: 'all combinations: KEY=FROM:TO:STEP or KEY=A,B,C; give one for each key',
    parse: asText,
    repeats: true,
  },
  {
    flags: '--random <n>',
    description: 'draw n different combinations of the --range keys instead',
    parse: wholeOf(1, 10_000),
  },
  {
    flags: '--range <key=values>',
    description: 'with --random: as --grid',
    parse: asText,
    repeats: true,
  },
  { flags: '--seed <n>', description: 'of --random', parse: wholeOf(0, 999_999_999_999_999) },
  {
    flags: '--objective <figure>',
    description: 'net-profit, sharpe, profit-factor, return-on-drawdown or max-drawdown',
  },
  {
    flags: '--walk-forward <days>',
    description: 'train=60d,test=20d[,step=20d]: choose in one span, judge in the next',
  },
  {
    flags: '--workers <n>',
    description: 'threads (default: one for each core)',
    parse: wholeOf(1, 256),
  },
  {
    flags: '--memory <mb>',
    description: 'most memory for quotes (default: 1024)',
    parse: wholeOf(1, 1_000_000),
  },
  {
    flags: '--worker-memory <mb>',
    description: 'largest heap of a worker, beside the quotes (default: 512)',
    parse: wholeOf(16, 1_000_000),
  },
  { flags: '--overwrite', description: 'begin anew where a sweep stands in --out' },
  JSON_OUTPUT,
  { flags: '--quiet', description: 'show no progress' },
  ...CACHE_OPTIONS,
];

/** What a word that only leads to further commands is about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  config: 'check configurations, print their schema',
  journal: 'read and verify the journal of an engine',
  order: 'settle orders of a running engine by hand',
  data: 'look at market data, write it anew in another format',
  cache: 'quotes that were read before',
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
      { flags: '--journal <dir>', description: 'write the journal of the run here' },
      { flags: '--overwrite', description: 'replace what stands in --out and --journal' },
      JSON_OUTPUT,
      { flags: '--quiet', description: 'show no progress' },
      ...CACHE_OPTIONS,
    ],
    load: () => import('./backtest.ts'),
  },
  {
    words: 'sweep',
    group: TRADING,
    summary: 'backtest many values of parameters on all cores, and show what holds',
    options: SWEEP_OPTIONS,
    load: () => import('./sweep.ts'),
  },
  {
    words: 'run',
    group: TRADING,
    summary: 'trade on the venue of the configuration, with /health and /metrics on loopback',
    options: [
      CONFIG,
      {
        flags: '--speed <n>',
        description: 'market seconds in a real second; max plays a tape as fast as it goes',
        parse: speedOf,
      },
      { flags: '--live', description: 'the account is real money, and you mean it' },
      { flags: '--restored', description: 'the data directory was restored from a backup' },
      { flags: '--data <dir>', description: 'data directory, instead of the configured one' },
      { flags: '--port <n>', description: 'port of the host; 0 takes a free one', parse: portOf },
      {
        flags: '--accept-strategy-change',
        description: 'strategies that decide otherwise than journaled start afresh, exit-only',
      },
      { flags: '--manage-only', description: 'keep orders and positions, run no strategy' },
      { flags: '--by <name>', description: 'who accepts it' },
      { flags: '--reason <text>', description: 'why' },
      ...CACHE_OPTIONS,
    ],
    load: () => import('./run.ts'),
  },
  {
    words: 'broker',
    group: TRADING,
    summary: 'serve the simulated venue over HTTP, in the words of the OANDA v20 API',
    options: [
      { ...CONFIG, description: 'configuration of the broker (JSONC); see docs/broker.md' },
      {
        flags: '--speed <n>',
        description: 'market seconds in a real second (1)',
        parse: speedOf,
      },
      { flags: '--data <dir>', description: 'directory of its books, instead of the configured' },
      { flags: '--port <n>', description: 'port; 0 takes a free one', parse: portOf },
      ...CACHE_OPTIONS,
    ],
    load: () => import('./broker.ts'),
  },
  ...CONTROL_COMMANDS,
  {
    words: 'report',
    group: RESULTS,
    summary: 'write the report of a backtest from its result directory',
    argument: { name: '<dir>', description: 'what backtest --out wrote' },
    options: [
      { flags: '--out <file>', description: 'where to; left out: report.html in the directory' },
      { flags: '--overwrite', description: 'replace a report that stands there' },
      { flags: '--json', description: 'print the figures as JSON; write a page with --out only' },
    ],
    load: () => import('./report.ts'),
  },
  {
    words: 'compare',
    group: RESULTS,
    summary: 'set backtests side by side, and test each against the first',
    argument: { name: '<dir...>', description: 'two or more result directories' },
    options: [
      JSON_OUTPUT,
      { flags: '--html <file>', description: 'write a page as well' },
      { flags: '--overwrite', description: 'replace a page that stands at --html' },
    ],
    load: () => import('./compare.ts'),
  },
  {
    words: 'data report',
    group: DATA,
    summary: 'say what market data really is: gaps, spreads, bad rows, a shifted clock',
    argument: { name: '[files...]', description: 'quote files in time order, without --config' },
    options: [
      { ...CONFIG, required: false },
      { flags: '--symbol <symbol>', description: 'instrument: of the files, or alone of --config' },
      {
        flags: '--format <format>',
        description:
          'name such as lean, a JSON object like market.sources[].format, or a file of it',
      },
      { flags: '--instruments <file>', description: 'your own instruments, without --config' },
      JSON_OUTPUT,
      { flags: '--html <file>', description: 'write the report as a page, too' },
      { flags: '--overwrite', description: 'replace the file of --html' },
      { flags: '--strict', description: 'exit with 1 when there is a warning or an error' },
      { flags: '--quiet', description: 'show no progress' },
    ],
    load: () => import('./data-report.ts'),
  },
  {
    words: 'data convert',
    group: DATA,
    summary: "write a configuration's quotes as Parquet or CSV, one file per instrument",
    options: [
      CONFIG,
      { flags: '--to <format>', description: 'parquet or csv', required: true },
      { flags: '--out <dir>', description: 'directory for the files', required: true },
      { flags: '--symbol <symbol>', description: 'only this instrument' },
      { flags: '--overwrite', description: 'replace what an earlier conversion left in --out' },
      JSON_OUTPUT,
      { flags: '--quiet', description: 'show no progress' },
    ],
    load: () => import('./data-convert.ts'),
  },
  {
    words: 'data cache fill',
    group: DATA,
    summary: "convert a configuration's files to the columns of the cache, ahead of the first run",
    options: [
      CONFIG,
      ...CACHE_OPTIONS.filter(({ flags }) => flags !== '--no-cache'),
      JSON_OUTPUT,
      { flags: '--quiet', description: 'show no progress' },
    ],
    load: () => import('./data-cache-fill.ts'),
  },
  {
    words: 'data cache list',
    group: DATA,
    summary: 'show what the cache of quotes holds, least recently used first',
    options: [CACHE_DIRECTORY, JSON_OUTPUT],
    load: () => import('./data-cache-list.ts'),
  },
  {
    words: 'data cache clear',
    group: DATA,
    summary: 'remove everything from the cache of quotes',
    options: [CACHE_DIRECTORY, JSON_OUTPUT],
    load: () => import('./data-cache-clear.ts'),
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
    options: [
      { flags: '--instruments', description: 'of files of your own instruments' },
      { flags: '--broker', description: 'of configurations of tiyf broker' },
    ],
    load: () => import('./config-schema.ts'),
  },
  {
    words: 'simulate',
    group: EVIDENCE,
    summary: 'try the engine in a simulated world where everything fails now and then',
    options: [
      { flags: '--seeds <a..b>', description: 'the runs to make: one for each seed' },
      {
        flags: '--world <name>',
        description: 'wire: every kind of venue; http: the OANDA adapter and its broker',
      },
      {
        flags: '--minutes <n>',
        description: 'begin no further run after this time',
        parse: wholeOf(1, 100_000),
      },
      {
        flags: '--workers <n>',
        description: 'threads (default: one for each core)',
        parse: wholeOf(1, 256),
      },
      { flags: '--replay <plan>', description: 'make exactly this run and print what happens' },
      JSON_OUTPUT,
      { flags: '--quiet', description: 'show no progress' },
    ],
    load: () => import('./simulate.ts'),
  },
  {
    words: 'torture',
    group: EVIDENCE,
    summary: 'kill an engine and a broker again and again, then compare journal and books',
    options: [
      { flags: '--seed <n>', description: 'of every choice (1)', parse: wholeOf(0, 2 ** 31) },
      {
        flags: '--kills <n>',
        description: 'SIGKILLs of the engine (500)',
        parse: wholeOf(0, 100_000),
      },
      {
        flags: '--broker-kills <n>',
        description: 'of the broker (100)',
        parse: wholeOf(0, 100_000),
      },
      {
        flags: '--orders <n>',
        description: 'orders at least (20000)',
        parse: wholeOf(0, 10_000_000),
      },
      {
        flags: '--patience <s>',
        description: 'the operator answers older doubts (75)',
        parse: wholeOf(1, 3600),
      },
      {
        flags: '--settle <s>',
        description: 'for all to settle at the end (180)',
        parse: wholeOf(1, 3600),
      },
      { flags: '--out <dir>', description: 'keep configurations, journal, books and logs there' },
      { flags: '--naive', description: 'an engine that sends unanswered market orders again' },
      JSON_OUTPUT,
      { flags: '--quiet', description: 'show no progress' },
    ],
    load: () => import('./torture.ts'),
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
      { flags: '--lines <n>', description: 'how many (20)', parse: wholeOf(1, 999_999_999) },
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
    options: [DATA_DIRECTORY, JSON_OUTPUT],
    load: () => import('./journal-verify.ts'),
  },
  {
    words: 'journal archive',
    group: EVIDENCE,
    summary: 'pack the sealed segments of a stopped engine and move them to the archive',
    options: [
      DATA_DIRECTORY,
      {
        flags: '--keep-market <span>',
        description: 'drop market data sealed longer ago, such as 90d (kept); facts always stay',
        parse: spanOf,
      },
      JSON_OUTPUT,
    ],
    load: () => import('./journal-archive.ts'),
  },
  {
    words: 'journal commit-version',
    group: EVIDENCE,
    summary: 'write records as this release does; the release before can then not go on with them',
    options: [DATA_DIRECTORY, JSON_OUTPUT],
    load: () => import('./journal-commit-version.ts'),
  },
];
