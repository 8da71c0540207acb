import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback } from '../host/tokens.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { isEnginePrefix, rescueOrderId } from '../model/ids.ts';
import { drawNonce } from '../runtime/draw-nonce.ts';
import { KillLatch } from '../runtime/kill-latch.ts';
import {
  type RescueRequest,
  type RescueResult,
  type RescueStep,
  rescue,
} from '../runtime/rescue/rescue.ts';
import { RESCUE_LOG, RescueLog } from '../runtime/rescue/rescue-log.ts';
import { OandaRescueClient } from '../venues/oanda/rescue-client.ts';
import type { RescuePort, RescueView } from '../venues/rescue-port.ts';
import { type CommandCall, isSet, listOption, textOption } from './command.ts';
import { byWhom } from './control.ts';
import { ExitCode } from './exit-code.ts';
import { printErr, printOut } from './output.ts';
import { UsageError } from './report-error.ts';

const TIMEOUT_MS = 10_000;
const TOKEN_ENV = 'TIYF_BROKER_TOKEN';

function portOf(call: CommandCall): RescuePort {
  const url = URL.parse(textOption(call, 'url') ?? '');
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('--url must be the http or https address of the broker’s REST API');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[(.*)\]$/, '$1'))) {
    throw new UsageError('--url: a token goes over https alone, except to this machine');
  }
  const variable = textOption(call, 'tokenEnv') ?? TOKEN_ENV;
  const token = process.env[variable] ?? '';
  if (token === '') throw new UsageError(`the variable ${variable} holds no token (--token-env)`);
  const account = textOption(call, 'account') ?? '';
  return new OandaRescueClient({ url: url.origin, account, token, timeoutMs: TIMEOUT_MS });
}

function requestOf(call: CommandCall, action: RescueRequest['action']): RescueRequest {
  const prefix = textOption(call, 'prefix');
  if ((prefix === undefined) === !isSet(call, 'all')) {
    throw new UsageError('one of --prefix TEXT and --all says whose orders are meant');
  }
  if (prefix !== undefined && !isEnginePrefix(prefix)) {
    throw new UsageError('--prefix must be 1 to 8 letters and digits, as client order ids begin');
  }
  const symbols = listOption(call, 'instrument').map(String);
  return { action, prefix, symbols, protection: isSet(call, 'protection') };
}

/** The engine's directory, locked so that no engine starts meanwhile, and what is left there. */
class Files implements Disposable {
  readonly #lock: DirectoryLock | undefined;
  readonly #log: RescueLog | undefined;
  readonly #directory: string | undefined;

  /** Throws `UsageError` where an engine runs. */
  constructor(call: CommandCall) {
    this.#directory = textOption(call, 'data');
    if ((this.#directory === undefined) === !isSet(call, 'withoutData')) {
      const why = 'where that is lost or cannot be written, --without-data';
      throw new UsageError(`--data DIR names the directory of the engine; ${why}`);
    }
    if (this.#directory === undefined) return;
    if (!existsSync(this.#directory)) {
      throw new UsageError(`--data: there is no directory ${this.#directory}`);
    }
    if (DirectoryLock.isHeld(this.#directory)) {
      const data = `--data ${this.#directory}`;
      throw new UsageError(
        `an engine runs on ${this.#directory}: use tiyf kill ${data}, or tiyf flatten ${data}; ` +
          'one that hangs must be ended first (its process id is in lock.json)',
      );
    }
    this.#lock = DirectoryLock.take(this.#directory);
    this.#log = new RescueLog(this.#directory);
  }

  /** The next start takes no new risk, whatever becomes of this process. */
  latch(by: string, reason: string): void {
    if (this.#directory === undefined) return;
    const latch = new KillLatch(new LocalDisk(), this.#directory);
    const found = latch.take();
    // What somebody left before is not loosened.
    const tradingState = found?.tradingState ?? 'exit_only';
    const flatten = found?.flatten === true;
    latch.write({ tradingState, flatten, by, reason: `rescue: ${reason}` });
  }

  write(line: object): void {
    if (this.#log === undefined) printErr(`${JSON.stringify(line)}\n`);
    else this.#log.write(line);
  }

  [Symbol.dispose](): void {
    this.#log?.[Symbol.dispose]();
    this.#lock?.[Symbol.dispose]();
  }
}

function showPlan(account: string, request: RescueRequest, view: RescueView): void {
  const { action, prefix, symbols } = request;
  const whose = prefix === undefined ? 'all orders' : `orders that begin with ${prefix}`;
  const where = symbols.length === 0 ? 'every instrument' : symbols.join(', ');
  printErr(`tiyf: rescue ${action} on account ${account}: ${whose}, ${where}\n`);
  for (const { id, clientOrderId, text } of view.orders) {
    printErr(`  waits: order ${id} ${clientOrderId} ${text}\n`);
  }
  for (const { symbol, side, quantity } of view.positions) {
    printErr(`  held: ${side} ${quantity} ${symbol}\n`);
  }
}

/** Whoever does this says which account it is about: on the command line, or when asked. */
async function confirm(call: CommandCall, account: string): Promise<void> {
  let said = textOption(call, 'yes');
  if (said === undefined && process.stdin.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      said = (await terminal.question('Type the id of the account to go on: ')).trim();
    } finally {
      terminal.close();
    }
  }
  if (said === account) return;
  throw new UsageError(
    said === undefined
      ? '--yes ACCOUNT confirms; there is no terminal to ask at'
      : `nothing was done: ${said} is not the account ${account}`,
  );
}

function tell(call: CommandCall, result: RescueResult): void {
  const { items, last, proven } = result;
  if (isSet(call, 'json')) {
    printOut(`${JSON.stringify({ proven, items, last: last ?? null })}\n`);
    return;
  }
  for (const { of, text, outcome } of items) {
    printOut(`${outcome.kind} ${of} (${text}): ${outcome.text}\n`);
  }
  if (last === undefined) printOut('the account cannot be read: what stands now is not known\n');
  for (const { id, text } of last?.orders ?? []) printOut(`still waits: order ${id} ${text}\n`);
  for (const { symbol, side, quantity } of last?.positions ?? []) {
    printOut(`still held: ${side} ${quantity} ${symbol}\n`);
  }
  printOut(proven ? 'done, and proven by a last look\n' : 'NOT proven: look at the broker\n');
}

/** `tiyf rescue cancel|flatten`: an account taken off the market without its engine (X23). */
export async function runRescue(
  call: CommandCall,
  action: RescueRequest['action'],
): Promise<ExitCode> {
  const { by, reason } = byWhom(call);
  const request = requestOf(call, action);
  const port = portOf(call);
  using files = new Files(call);
  // Nothing is sent before it is confirmed; a venue that cannot be read ends it here.
  showPlan(port.account, request, await port.look());
  await confirm(call, port.account);
  const nonce = drawNonce();
  const write = (line: object): void =>
    files.write({ time: new Date().toISOString(), nonce, ...line });
  write({ step: 'begin', account: port.account, by, reason, ...request });
  files.latch(by, reason);
  let count = 0;
  const nextId = (): string => {
    count += 1;
    return rescueOrderId(request.prefix ?? '', nonce, count);
  };
  const note = (step: RescueStep): void => write(step);
  const result = await rescue({ port, nextId, note, wait: (ms) => sleep(ms) }, request);
  write({ step: 'end', proven: result.proven, last: result.last ?? null });
  tell(call, result);
  if (textOption(call, 'data') !== undefined) {
    printErr(`tiyf: the next start is exit-only; what was done stands in ${RESCUE_LOG}\n`);
  }
  return result.proven ? ExitCode.done : ExitCode.wrong;
}
