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

/** `tiyf status`: trading state, what stands against arming, positions, and orders in doubt. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const paths = ['status', 'positions', 'orders'] as const;
  const answers = [];
  for (const path of paths) {
    const { status, body } = await askEngine(call, 'GET', `/api/v1/${path}`);
    if (status !== 200) throw new UnreachableError(`the engine answers ${status} to ${path}`);
    answers.push(body);
  }
  const [state = {}, { positions } = {}, { open, orders } = {}] = answers;
  const all = { ...state, positions, open, orders };
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
    ...doubted.map(({ order, symbol, side, quantity, clientOrderId, doubt }) => {
      const { about, since } = Object(doubt) as Line;
      const what = `${order} (${clientOrderId}) ${side} ${quantity} ${symbol}`;
      return `in doubt ${what}: ${about} since ${since}`;
    }),
  ];
}
