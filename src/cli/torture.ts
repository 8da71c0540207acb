import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { present } from '../model/assert.ts';
import { grouped } from '../report/number-text.ts';
import { DIFFERENCES } from '../simulation/torture/books.ts';
import {
  runTorture,
  type TortureCounts,
  type TortureResult,
} from '../simulation/torture/campaign.ts';
import { type CommandCall, isSet, numberOption, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printErr, printOut } from './output.ts';
import { UsageError } from './report-error.ts';

const DEFAULTS = {
  seed: 1,
  kills: 500,
  brokerKills: 100,
  orders: 20_000,
  patience: 75,
  settle: 180,
};
const MS_PER_SECOND = 1000;
/** Rounds between two lines of progress. */
const PROGRESS_ROUNDS = 10;
/** Differences, and doubts, that are printed; a file of `--out` holds all. */
const SHOWN_MAX = 50;

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** `tiyf torture`: kills an engine and a broker again and again, and audits what is left. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const out = textOption(call, 'out');
  const directory = out === undefined ? mkdtempSync(join(tmpdir(), 'tiyf-torture-')) : resolve(out);
  const number = (name: keyof typeof DEFAULTS): number =>
    numberOption(call, name) ?? DEFAULTS[name];
  const result = await campaign(call, directory, {
    seed: number('seed'),
    kills: number('kills'),
    brokerKills: number('brokerKills'),
    orders: number('orders'),
    patienceMs: number('patience') * MS_PER_SECOND,
    settleMs: number('settle') * MS_PER_SECOND,
    naive: isSet(call, 'naive'),
  });
  const text = `${JSON.stringify(result, undefined, 2)}\n`;
  if (out !== undefined) writeFileSync(join(directory, 'result.json'), text);
  printOut(isSet(call, 'json') ? text : textOf(result));
  const isGood = result.differences.length === 0;
  if (out === undefined) {
    if (isGood) rmSync(directory, { recursive: true });
    else printErr(`tiyf: journal, books and logs are kept in ${directory}\n`);
  }
  return isGood ? ExitCode.done : ExitCode.wrong;
}

async function campaign(
  call: CommandCall,
  directory: string,
  plan: Omit<Parameters<typeof runTorture>[0], 'directory' | 'command' | 'progress'>,
): Promise<TortureResult> {
  const main = present(process.argv[1], 'the path of this program');
  try {
    return await runTorture({
      ...plan,
      directory,
      command: [process.execPath, ...process.execArgv, main],
      progress: (counts) => {
        if (!isSet(call, 'quiet') && counts.rounds % PROGRESS_ROUNDS === 0) tell(counts);
      },
    });
  } catch (error) {
    if (!isThere(error)) throw error;
    const text = `--out ${directory}: it holds an earlier campaign; name a fresh directory`;
    throw new UsageError(text, { cause: error });
  }
}

function tell({ rounds, kills, brokerKills, orders, fills }: TortureCounts): void {
  const killed = `${kills} + ${brokerKills} kills`;
  printErr(`round ${rounds}: ${killed}, ${orders} orders, ${fills} fills\n`);
}

function textOf(result: TortureResult): string {
  const { kills, brokerKills, bothKills, earlyKills, account, differences } = result;
  const number = (value: number): string => grouped(String(value));
  const counted = (all: Readonly<Record<string, number>>): string =>
    Object.entries(all)
      .map(([name, count]) => `${name} ${number(count)}`)
      .join(', ') || 'none';
  const lines = [
    `seed         ${result.seed}, ${number(result.seconds)} s`,
    ...(result.flaw === null ? [] : [`broken       ${result.flaw}`]),
    `SIGKILLs     ${number(kills)} of the engine, ${number(brokerKills)} of the broker; ` +
      `${number(bothKills)} of both at once, ${number(earlyKills)} of an engine that was starting`,
    `orders       ${number(result.orders)} at the broker, ${number(result.fills)} fills`,
    `faults       ${counted(result.faults)}`,
    `facts        ${counted(result.facts)}`,
    `operator     ${result.resumes} resumes, ${result.overrides} with an override, ` +
      `${result.answers.length} answers on orders in doubt`,
    `stops        ${counted(result.stops)}`,
  ];
  if (account !== undefined) {
    const { intents, starts, executions, doubts, doubtsBy } = account;
    lines.push(
      `journal      ${number(account.frames)} frames, ${starts} starts, ` +
        `${number(intents)} intents, ${number(executions)} executions, ${account.open} open`,
      `doubts       ${number(doubts.length)}: ${counted(doubtsBy)}`,
    );
    const stayed = doubts.filter(({ presumed, how }) => presumed || how.includes('operator'));
    for (const { order, symbol, since, until, how } of stayed.slice(0, SHOWN_MAX)) {
      lines.push(`  ${order} ${symbol}: in doubt ${since} to ${until || 'the end'}, ${how}`);
    }
  }
  lines.push(`differences  ${number(differences.length)}`);
  for (const { name, text } of differences.slice(0, SHOWN_MAX)) {
    lines.push(`  ${name} (${DIFFERENCES[name]}): ${text}`);
  }
  return `${lines.join('\n')}\n`;
}
