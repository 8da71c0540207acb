import { gatesSchema } from '../config/gates-schema.ts';
import { SILENT_GATES } from '../kernel/risk/denial-alerts.ts';
import { GATE_NAMES, GATE_REASONS, type GateName } from '../model/gate.ts';
import { gateSetup } from './gate-setup.ts';

/** The tables of `docs/controls.md`, made from the gates themselves. */

interface GateFacts {
  /** Key of its settings; empty where it has none. */
  readonly setting: string;
  /** What it does to the part of an order that opens risk, and to the part that only reduces. */
  readonly entry: string;
  readonly exit: string;
}

const DENIES = 'denied';
const CUTS = 'denied, or cut to what fits';
const PASSES = 'passes';

const FACTS: Readonly<Record<GateName, GateFacts>> = {
  order_validity: { setting: '', entry: DENIES, exit: 'denied where its terms cannot be sent' },
  duplicate_intent: { setting: '', entry: DENIES, exit: 'denied as the repeat that it is' },
  trading_state: { setting: '', entry: DENIES, exit: 'passes in `exit_only`, denied in `halted`' },
  hold: { setting: '', entry: DENIES, exit: PASSES },
  data_freshness: { setting: 'dataFreshness', entry: DENIES, exit: PASSES },
  market_hours: { setting: 'marketHours', entry: DENIES, exit: PASSES },
  order_size: { setting: 'orderSize', entry: CUTS, exit: PASSES },
  duplicative: { setting: 'duplicative', entry: DENIES, exit: PASSES },
  order_value: { setting: 'orderValue', entry: CUTS, exit: PASSES },
  price_collar: {
    setting: 'priceCollar',
    entry: DENIES,
    exit: 'its limit or stop price within the wider collar; a market exit passes',
  },
  message_rate: { setting: 'messageRate', entry: DENIES, exit: 'counted, passes' },
  repeated_execution: { setting: 'repeatedExecution', entry: DENIES, exit: PASSES },
  exposure: { setting: 'exposure', entry: CUTS, exit: PASSES },
  open_positions: { setting: 'openPositions', entry: DENIES, exit: PASSES },
  margin: { setting: 'margin', entry: CUTS, exit: PASSES },
  broker_caps: { setting: 'brokerCaps', entry: CUTS, exit: PASSES },
  daily_loss: { setting: 'dailyLoss', entry: DENIES, exit: PASSES },
  run_drawdown: { setting: 'runDrawdown', entry: DENIES, exit: PASSES },
  loss_cooldown: { setting: 'lossCooldown', entry: DENIES, exit: PASSES },
};

/** What an operator's or a strategy's cancel meets. */
const CANCELS: Readonly<Partial<Record<GateName, string>>> = {
  trading_state: "passes; in `halted` an operator's alone",
  message_rate: 'counted, passes',
};

function defaultOf({ setting }: GateFacts): string {
  if (setting === '') return 'always `enforce`';
  const settings: unknown = Reflect.get(gatesSchema.parse({}), setting);
  const mode: unknown = Reflect.get(Object(settings), 'mode');
  return `\`${String(mode)}\``;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Each gate in its order: what it does to an entry, an exit, a replace and a cancel. */
export function gateTable(): string {
  const made = gateSetup({}).gates;
  const rows = GATE_NAMES.map((name) => {
    const facts = FACTS[name];
    const judges = made.find((gate) => gate.name === name)?.judgesChanges === true;
    return [
      `\`${name}\``,
      facts.setting === '' ? '–' : `\`gates.${facts.setting}\``,
      defaultOf(facts),
      facts.entry,
      facts.exit,
      judges ? 'as an entry' : '–',
      CANCELS[name] ?? 'passes',
      GATE_REASONS[name].map((reason) => `\`${reason}\``).join(', '),
    ];
  });
  const heads = ['gate', 'setting', 'default', 'entry', 'exit', 'replace of an entry', 'cancel'];
  return table([...heads, 'reasons'], rows);
}

interface Control {
  /** Where it stands, and what it asks. */
  readonly rule: string;
  readonly asks: string;
  readonly gates: readonly GateName[];
  /** What does it where that is no gate. */
  readonly beside?: string;
  /** File and title. */
  readonly test: readonly [string, string];
  /** Alerts beside those of the gates. */
  readonly alerts?: readonly string[];
}

const TABLE = 'src/kernel/gates/gates-table.test.ts';
const LIMITS = 'src/kernel/gates/limits.test.ts';
const TIMING = 'src/kernel/gates/timing.test.ts';
const RAILS = 'src/kernel/risk/rails.test.ts';
const RISK = 'src/kernel/gates/risk-property.test.ts';
const GATES = 'src/kernel/gates/gates.test.ts';
const RECONCILIATION = 'src/kernel/reconciliation/reconciliation.test.ts';

const CONTROLS: readonly Control[] = [
  {
    rule: 'RTS 6, art. 12',
    asks: 'stop everything at once',
    gates: ['trading_state'],
    test: [GATES, 'a strategy may neither cancel nor replace in a halt (X21)'],
  },
  {
    rule: 'RTS 6, art. 15(1)(a)',
    asks: 'price collars',
    gates: ['price_collar'],
    test: [LIMITS, 'of entries is symmetric about the middle, and its edge is inside'],
  },
  {
    rule: 'RTS 6, art. 15(1)(b)',
    asks: 'maximum order value',
    gates: ['order_value'],
    test: [LIMITS, 'is the entry at the price that it is reserved at, and may be the limit'],
  },
  {
    rule: 'RTS 6, art. 15(1)(c)',
    asks: 'maximum order volume',
    gates: ['order_size', 'broker_caps'],
    test: [LIMITS, 'are on one order, on a position and on how many orders are open'],
  },
  {
    rule: 'RTS 6, art. 15(1)(d)',
    asks: 'maximum messages',
    gates: ['message_rate'],
    test: [TIMING, 'counts submits, cancels and replaces; entries leave the share that is kept'],
  },
  {
    rule: 'RTS 6, art. 15(2)',
    asks: 'every order sent counts in these limits at once',
    gates: ['exposure', 'margin'],
    test: [
      LIMITS,
      'stays reserved in flight, in doubt and while a cancel is asked for, and not beyond',
    ],
  },
  {
    rule: 'RTS 6, art. 15(3)',
    asks: 'repeated automated execution is stopped until a person enables it again',
    gates: ['repeated_execution'],
    test: [TIMING, 'stops a strategy after so many fills on one side, until it is enabled by name'],
    alerts: ['strategy_enabled'],
  },
  {
    rule: 'RTS 6, art. 15(4)',
    asks: 'market and credit risk limits',
    gates: ['exposure', 'open_positions', 'margin', 'daily_loss', 'run_drawdown', 'loss_cooldown'],
    test: [RISK, 'every accepted entry is within every limit with all orders filled (X17)'],
    alerts: ['limit_passed'],
  },
  {
    rule: 'RTS 6, art. 15(5)',
    asks: 'no order in what may not be traded, or beyond a risk threshold',
    gates: ['order_validity', 'market_hours', 'exposure'],
    beside: 'a strategy has the instruments of its configuration and no others',
    test: [TABLE, 'has its scene here or its own test'],
  },
  {
    rule: 'RTS 6, art. 16',
    asks: 'monitoring in real time, alerts within five seconds',
    gates: ['data_freshness', 'daily_loss', 'run_drawdown'],
    beside: 'an alert leaves in the turn of the event; `/health`, `/metrics`',
    test: [RAILS, 'trips at one mark beyond the hard limit'],
  },
  {
    rule: 'RTS 6, art. 17',
    asks: 'post-trade: exposure assessed all the time, own records against the broker’s',
    gates: ['hold', 'exposure'],
    beside: 'reconciliation; `limit_passed` at each sample of equity',
    test: [RECONCILIATION, 'no new risk before the first comparison is clean; exits pass (X27)'],
    alerts: ['limit_passed'],
  },
  {
    rule: '15c3-5(c)(1)(i)',
    asks: 'pre-set credit and capital thresholds',
    gates: ['exposure', 'margin', 'daily_loss', 'run_drawdown'],
    test: [RISK, 'every accepted entry is within every limit with all orders filled (X17)'],
  },
  {
    rule: '15c3-5(c)(1)(ii)',
    asks: 'erroneous orders: price, size, over a short time, duplicative',
    gates: [
      'order_validity',
      'duplicate_intent',
      'duplicative',
      'order_size',
      'order_value',
      'price_collar',
      'message_rate',
      'repeated_execution',
    ],
    test: [GATES, 'are passed in their one order: the first that enforces gives the reason'],
  },
  {
    rule: '15c3-5(c)(2)',
    asks: 'no order that rules forbid beforehand, and none by whom it is not allowed',
    gates: ['market_hours', 'trading_state'],
    beside: 'one engine per account and directory; a strategy trades its own instruments alone',
    test: [TIMING, 'are those of the calendar, its open inside and its close outside'],
  },
  {
    rule: '15c3-5(c)(2)(iv)',
    asks: 'surveillance sees executions at once',
    gates: [],
    beside: 'records of each fill in the journal, `engine_fills_total`',
    test: [
      RECONCILIATION,
      'a snapshot older than our books is dropped; one ahead of them waits for the facts',
    ],
  },
];

/** Each regulatory control: gate, setting, default, test, metric and alert. */
export function controlTable(): string {
  const rows = CONTROLS.map(({ rule, asks, gates, beside, test: [file, title], alerts = [] }) => {
    const settings = gates.map((gate) => FACTS[gate].setting).filter((setting) => setting !== '');
    const defaults = [...new Set(gates.map((gate) => defaultOf(FACTS[gate])))];
    const told = gates.filter((gate) => !SILENT_GATES.includes(gate)).map((gate) => `gate_${gate}`);
    const rails = gates.filter((gate) => gate === 'daily_loss' || gate === 'run_drawdown');
    const metrics = gates.map((gate) => `\`engine_risk_blocks_total{gate="${gate}"}\``);
    const code = (names: readonly string[]): string =>
      names.map((name) => `\`${name}\``).join(', ');
    return [
      rule,
      asks,
      [code(gates), beside ?? ''].filter((text) => text !== '').join('; '),
      settings.length === 0 ? '–' : code(settings.map((setting) => `gates.${setting}`)),
      defaults.length === 0 ? '–' : defaults.join(', '),
      `\`${file}\` “${title}”`,
      metrics.length === 0 ? '–' : metrics.join(', '),
      code([...told, ...rails, ...alerts]) || '–',
    ];
  });
  const heads = ['rule', 'asks for', 'gate', 'setting', 'default', 'test', 'metric', 'alert'];
  return table(heads, rows);
}
