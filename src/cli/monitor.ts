import { type CommandCall, isSet } from './command.ts';
import { askEngine, UnreachableError } from './engine-client.ts';
import { ExitCode } from './exit-code.ts';
import { printErr, printOut } from './output.ts';

type Fields = Readonly<Record<string, unknown>>;

function inner(all: Fields, name: string): Fields {
  return Object(all[name]) as Fields;
}

/** The verdict on what `/health` says. */
export function verdictOf(health: Fields): { readonly verdict: string; readonly code: ExitCode } {
  const { healthy, tradable, reason } = health;
  const isClosed = reason === 'market_closed';
  // Neither well nor trading inside a session: somebody has to look.
  if (healthy !== true || (tradable !== true && !isClosed)) {
    return { verdict: String(reason), code: ExitCode.unreachable };
  }
  const isDegraded =
    inner(health, 'orders')['inDoubt'] !== 0 ||
    inner(health, 'reconciliation')['held'] === true ||
    inner(health, 'journal')['inReserve'] === true ||
    typeof inner(inner(health, 'journal'), 'upkeep')['problem'] === 'string' ||
    inner(health, 'state')['override'] !== null ||
    health['tradingState'] !== 'active';
  if (isDegraded) return { verdict: 'degraded', code: ExitCode.wrong };
  return { verdict: isClosed ? 'market_closed' : 'ok', code: ExitCode.done };
}

/** The figures of the line, in its order. */
export function fieldsOf(health: Fields): Readonly<Record<string, string>> {
  const orders = inner(health, 'orders');
  const { armed, held, breaks } = inner(health, 'reconciliation');
  const agreed = held === true ? 'held' : 'clean';
  const gates = Array.isArray(health['gates']) ? (health['gates'] as readonly Fields[]) : [];
  const blocks = gates
    .filter(({ denials }) => denials !== 0)
    .map(({ gate, denials }) => [`risk_blocks_${String(gate)}`, String(denials)]);
  const { id, hash } = inner(health, 'configuration');
  return {
    state: String(health['tradingState']),
    connected: String(inner(health, 'venue')['connected']),
    data_age_ms: String(health['dataAgeMs'] ?? 'none'),
    positions: String(health['positionsOpen']),
    orders: String(orders['open']),
    in_doubt: String(orders['inDoubt']),
    order_rejects_total: String(orders['rejects']),
    ...Object.fromEntries(blocks),
    tightest: tightestField(health),
    reconciliation: armed === true ? agreed : 'pending',
    breaks: String(breaks),
    idempotency_keys: String(inner(inner(health, 'idempotency'), 'order')['keys']),
    slippage_model: String(health['slippage']),
    config_id: String(id),
    config_hash: String(hash),
  };
}

/** The limit that blocks or is nearest: `gate:of=used/limit unit` without blanks; or `none`. */
function tightestField(health: Fields): string {
  const { gate, of, used, limit, unit, blocking } = inner(health, 'tightest');
  if (gate === undefined) return 'none';
  const name = of === '' ? String(gate) : `${String(gate)}:${String(of)}`;
  const figures = `${String(used ?? 'unknown')}/${String(limit ?? 'none')}${String(unit)}`;
  return `${name}:${figures}${blocking === true ? ':blocking' : ''}`;
}

/** `tiyf monitor`: one line, for cron. 0 well, 1 degraded, 4 unreachable or not trading. */
export async function run(call: CommandCall): Promise<ExitCode> {
  let health: Fields;
  try {
    health = (await askEngine(call, 'GET', '/health')).body;
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    tell(call, { verdict: 'unreachable' });
    printErr(`tiyf: ${error.message}\n`);
    return ExitCode.unreachable;
  }
  const { verdict, code } = verdictOf(health);
  // Without a reader's token there is the verdict and no more.
  const isFull = health['configuration'] !== undefined;
  tell(call, { verdict, ...(isFull ? fieldsOf(health) : {}) });
  return code;
}

function tell(call: CommandCall, fields: Readonly<Record<string, string>>): void {
  const line = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  printOut(isSet(call, 'json') ? `${JSON.stringify(fields)}\n` : `${line.join(' ')}\n`);
}
