import { type CommandCall, isSet } from './command.ts';
import { stateText } from './control.ts';
import { askEngine, UnreachableError } from './engine-client.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';

function listOf(body: Readonly<Record<string, unknown>>, name: string): readonly Line[] {
  const value = body[name];
  return Array.isArray(value) ? value.map((item) => Object(item) as Line) : [];
}

/** Fields of a plain object as the API tells it. */
type Line = Readonly<Record<string, unknown>>;

/** `tiyf status`: trading state, causes, positions, orders in doubt, and the nearest limit. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const paths = ['status', 'positions', 'orders', 'gates'] as const;
  const answers = [];
  for (const path of paths) {
    const { status, body } = await askEngine(call, 'GET', `/api/v1/${path}`);
    if (status !== 200) throw new UnreachableError(`the engine answers ${status} to ${path}`);
    answers.push(body);
  }
  const [state = {}, { positions } = {}, { open, orders } = {}, gates = {}] = answers;
  const all = { ...state, positions, open, orders, ...gates };
  if (isSet(call, 'json')) printOut(`${JSON.stringify(all)}\n`);
  else printOut(`${textOf(all).join('\n')}\n`);
  return ExitCode.done;
}

function textOf(all: Line): readonly string[] {
  const held = listOf(all, 'positions').filter(({ quantity }) => Number(quantity) !== 0);
  const doubted = listOf(all, 'orders').filter(({ doubt }) => doubt !== null);
  return [
    stateText(all),
    ...listOf(all, 'causes').map(({ cause, text }) => `stands against arming: ${cause}, ${text}`),
    ...listOf(all, 'flatten').map(
      ({ symbol, step, attempt }) => `closing ${symbol}: ${step}, attempt ${attempt}`,
    ),
    ...held.map(({ symbol, quantity }) => `position ${symbol} ${quantity}`),
    `orders open ${String(all['open'])}`,
    ...limitLines(all),
    ...doubted.map(({ order, symbol, side, quantity, clientOrderId, doubt }) => {
      const { about, since } = Object(doubt) as Line;
      const what = `${order} (${clientOrderId}) ${side} ${quantity} ${symbol}`;
      return `in doubt ${what}: ${about} since ${since}`;
    }),
  ];
}

/** Every limit that blocks, or else the one that is nearest. */
function limitLines(all: Line): readonly string[] {
  const blocking = listOf(all, 'gates').flatMap((gate) =>
    listOf(gate, 'limits')
      .filter((limit) => limit['blocking'] === true)
      .map((limit) => `blocking ${limitText({ gate: gate['gate'], ...limit })}`),
  );
  if (blocking.length > 0) return blocking;
  const tightest = all['tightest'];
  return tightest === null ? [] : [`tightest limit ${limitText(Object(tightest) as Line)}`];
}

function limitText({ gate, reason, of, used, limit, headroom, unit }: Line): string {
  const what = of === '' ? '' : ` ${String(of)}`;
  const left = headroom === null ? '' : `, ${String(headroom)} left`;
  const figures = `${String(used ?? 'unknown')} of ${String(limit ?? 'none')} ${String(unit)}`;
  return `${String(gate)} (${String(reason)})${what}: ${figures}${left}`;
}
