import type { CommandSpec, OptionSpec } from './command.ts';

const CONTROL = 'A running engine:';

export const JSON_OUTPUT: OptionSpec = {
  flags: '--json',
  description: 'print the result as JSON, alone on stdout',
};

/** Which running engine is meant. */
const WHICH_ENGINE: readonly OptionSpec[] = [
  { flags: '--data <dir>', description: 'data directory of the engine' },
  { flags: '--url <url>', description: 'its address; a token is taken from TIYF_CONTROL_TOKEN' },
  JSON_OUTPUT,
];

/** Every control is journaled with who and why. */
const CONTROLS: readonly OptionSpec[] = [
  ...WHICH_ENGINE,
  { flags: '--by <name>', description: 'who does it', required: true },
  { flags: '--reason <text>', description: 'why', required: true },
];

const RESCUE = 'An account without its engine:';

/** Nothing of a configuration or an engine is needed, since it may be what is broken. */
const RESCUES: readonly OptionSpec[] = [
  { flags: '--url <url>', description: 'REST address of the broker (OANDA v20)', required: true },
  { flags: '--account <id>', description: 'the account at the broker', required: true },
  { flags: '--token-env <name>', description: 'variable of its token (TIYF_BROKER_TOKEN)' },
  { flags: '--data <dir>', description: 'data directory of the engine, for latch, lock and log' },
  { flags: '--without-data', description: 'there is none any more: no latch, log on stderr' },
  { flags: '--prefix <text>', description: 'orders whose client ids begin so' },
  { flags: '--all', description: 'every order of the account' },
  {
    flags: '--instrument <name>',
    description: 'only this one, as the broker names it; may be repeated',
    repeats: true,
  },
  { flags: '--yes <account>', description: 'confirms, by naming the account again' },
  { flags: '--by <name>', description: 'who does it', required: true },
  { flags: '--reason <text>', description: 'why', required: true },
  JSON_OUTPUT,
];

/** Commands that look at a running engine and control it. */
export const CONTROL_COMMANDS: readonly CommandSpec[] = [
  {
    words: 'status',
    group: CONTROL,
    summary: 'show trading state, positions and orders in doubt of a running engine',
    options: WHICH_ENGINE,
    load: () => import('./status.ts'),
  },
  {
    words: 'monitor',
    group: CONTROL,
    summary: 'say in one line whether it is well and trading: exit 0, 1 degraded, or 4',
    options: WHICH_ENGINE,
    load: () => import('./monitor.ts'),
  },
  {
    words: 'kill',
    group: CONTROL,
    summary: 'take no new risk: entries are cancelled, exits pass; works with no engine running',
    options: [
      ...CONTROLS,
      { flags: '--halt', description: 'strategies may not even exit' },
      { flags: '--flatten', description: 'close every position as well' },
    ],
    load: () => import('./kill.ts'),
  },
  {
    words: 'resume',
    group: CONTROL,
    summary: 'arm again; refused while what stopped it persists',
    options: [
      ...CONTROLS,
      { flags: '--override <span>', description: 'pass over what persists for so long: 30m, 2h' },
      { flags: '--new-peak', description: 'after a drawdown: measure it from equity as it is now' },
    ],
    load: () => import('./resume.ts'),
  },
  {
    words: 'flatten',
    group: CONTROL,
    summary: 'take no new risk, and close every position; goes on across restarts',
    options: CONTROLS,
    load: () => import('./flatten.ts'),
  },
  {
    words: 'strategy enable',
    group: CONTROL,
    summary: 'let a strategy that repeated executions stopped take new risk again',
    argument: { name: '<name>', description: 'its id in the configuration' },
    options: CONTROLS,
    load: () => import('./strategy-enable.ts'),
  },
  {
    words: 'adopt',
    group: CONTROL,
    summary: 'take over positions and orders that stood at the broker before a first start',
    options: CONTROLS,
    load: () => import('./adopt.ts'),
  },
  {
    words: 'order resolve',
    group: CONTROL,
    summary: 'say what became of an order in doubt, where nothing can prove it',
    argument: { name: '<id>', description: 'its number, or its client order id' },
    options: [
      ...CONTROLS,
      { flags: '--as <word>', description: 'placed or not-placed', required: true },
      { flags: '--broker-id <id>', description: 'its id at the broker, of one that is placed' },
    ],
    load: () => import('./order-resolve.ts'),
  },
  {
    words: 'rescue cancel',
    group: RESCUE,
    summary: 'cancel what waits at the broker, stops and targets left in place',
    options: [
      ...RESCUES,
      { flags: '--protection', description: 'cancel stops and targets as well' },
    ],
    load: () => import('./rescue-cancel.ts'),
  },
  {
    words: 'rescue flatten',
    group: RESCUE,
    summary: 'cancel what waits at the broker and close what is held, and prove it',
    options: RESCUES,
    load: () => import('./rescue-flatten.ts'),
  },
];
