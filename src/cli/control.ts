import { LocalDisk } from '../journal/local-disk.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { KillLatch, type Latch } from '../runtime/kill-latch.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import {
  askEngine,
  directoryOf,
  type EngineAnswer,
  type UnreachableError,
} from './engine-client.ts';
import { ExitCode } from './exit-code.ts';
import { printErr, printOut } from './output.ts';
import { UsageError } from './report-error.ts';

/** Who and why, without which nothing is controlled. */
export function byWhom(call: CommandCall): { readonly by: string; readonly reason: string } {
  const by = (textOption(call, 'by') ?? '').trim();
  const reason = (textOption(call, 'reason') ?? '').trim();
  if (by !== '' && reason !== '') return { by, reason };
  throw new UsageError('--by NAME and --reason TEXT must say something: they are journaled');
}

/** Says what an engine answered to a control: 0 done, 1 refused, 2 misunderstood. */
export function tellAnswer(call: CommandCall, { status, body }: EngineAnswer): ExitCode {
  const isDone = status === 200;
  if (isSet(call, 'json')) printOut(`${JSON.stringify(body)}\n`);
  else if (isDone) printOut(`${stateText(body)}\n`);
  if (isDone) return ExitCode.done;
  const causes = Array.isArray(body['causes']) ? body['causes'].join(', ') : '';
  const why = `${String(body['message'])} [${String(body['error'])}]`;
  printErr(`tiyf: refused: ${why}${causes === '' ? '' : `: ${causes}`}\n`);
  if (status === 503) return ExitCode.unreachable;
  return status === 409 || status === 404 ? ExitCode.wrong : ExitCode.usage;
}

/** One line on the trading state. */
export function stateText(body: Readonly<Record<string, unknown>>): string {
  const { tradingState, by, reason, flatten } = body;
  const who = by === '' || by === undefined ? '' : ` by ${String(by)}: ${String(reason)}`;
  const jobs = Array.isArray(flatten) && flatten.length > 0 ? `; closing ${flatten.length}` : '';
  return `${String(tradingState)}${who}${jobs}`;
}

/**
 * Leaves a kill in the directory of an engine that does not answer: it is read before anything
 * else at the next start, and by one that hangs as soon as it comes round (X23).
 */
export function leaveLatch(call: CommandCall, latch: Latch, error: UnreachableError): ExitCode {
  const directory = directoryOf(call);
  if (directory === undefined) throw error;
  new KillLatch(new LocalDisk(), directory).write(latch);
  const isHeld = DirectoryLock.isHeld(directory);
  const left = `kill.latch is left in ${directory}`;
  const what = isHeld ? `the engine does not answer; ${left}` : `no engine runs; ${left}`;
  if (isSet(call, 'json')) printOut(`${JSON.stringify({ done: !isHeld, latched: true })}\n`);
  else printOut(`${what}: it starts ${latch.tradingState}\n`);
  return isHeld ? ExitCode.unreachable : ExitCode.done;
}

/** Posts a control and tells the answer. */
export async function control(call: CommandCall, path: string, body: object): Promise<ExitCode> {
  return tellAnswer(call, await askEngine(call, 'POST', `/api/v1/${path}`, body));
}
