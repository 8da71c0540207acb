import { availableParallelism } from 'node:os';
import { present } from '../model/assert.ts';
import { grouped } from '../report/number-text.ts';
import { formatPlan, type Plan, parsePlan } from '../simulation/faults.ts';
import type { RunResult } from '../simulation/run-result.ts';
import { runSeeds } from '../simulation/run-seeds.ts';
import { shrink } from '../simulation/shrink.ts';
import type { FoundViolation, Tally } from '../simulation/tally.ts';
import { INVARIANTS } from '../simulation/violation.ts';
import { WORLD_NAMES, WORLDS, type WorldName } from '../simulation/worlds.ts';
import { type CommandCall, isSet, numberOption, textOption } from './command.ts';
import { type Display, type Look, openDisplay } from './display.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';
import { UsageError } from './report-error.ts';

const MS_PER_MINUTE = 60_000;
/** Of more violations than these only the seeds are told. */
const SHRUNK_MAX = 3;
/** Lines of a trace that are shown, from its end. */
const TRACE_LINES = 40;

interface SeedsDone {
  readonly done: number;
  readonly total: number;
  readonly violations: number;
}

/** How far a run over seeds is. */
class SeedsLook implements Look<SeedsDone> {
  readonly format = '{bar} {seeds} seeds | {speed}/s | {violations} violations';
  readonly #startedAt = performance.now();

  texts({ done, violations }: SeedsDone): { seeds: string; speed: string; violations: string } {
    const seconds = Math.max(0.001, (performance.now() - this.#startedAt) / 1000);
    return {
      seeds: grouped(String(done)),
      speed: grouped(String(Math.round(done / seconds))),
      violations: String(violations),
    };
  }

  steps({ done, total }: SeedsDone): { done: number; total: number } {
    return { done, total };
  }

  line(progress: SeedsDone): string {
    const { seeds, speed, violations } = this.texts(progress);
    return `${seeds} seeds, ${speed}/s, ${violations} violations`;
  }
}

function spanOf(text: string): { readonly from: number; readonly to: number } {
  const [, from, to] = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(text) ?? [];
  if (from === undefined) throw new UsageError(`--seeds ${text}: is A..B, such as 1..1000`);
  const span = { from: Number(from), to: Number(to ?? from) };
  if (span.to < span.from) throw new UsageError(`--seeds ${text}: the first is above the last`);
  return span;
}

function worldOf(text: string | undefined): WorldName {
  const found = WORLD_NAMES.find((name) => name === (text ?? 'wire'));
  if (found !== undefined) return found;
  throw new UsageError(`--world ${text}: is one of ${WORLD_NAMES.join(', ')}`);
}

/** `tiyf simulate` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const seeds = textOption(call, 'seeds');
  const replay = textOption(call, 'replay');
  if ((seeds === undefined) === (replay === undefined)) {
    throw new UsageError('either --seeds or --replay is wanted');
  }
  const world = worldOf(textOption(call, 'world'));
  if (replay !== undefined) return replayed(world, replay, isSet(call, 'json'));
  const { from, to } = spanOf(seeds ?? '');
  const minutes = numberOption(call, 'minutes');
  using display: Display<SeedsDone> | undefined = isSet(call, 'quiet')
    ? undefined
    : await openDisplay(new SeedsLook());
  const tally = await runSeeds({
    world,
    from,
    to,
    workers: numberOption(call, 'workers') ?? availableParallelism(),
    timeMs: minutes === undefined ? Number.POSITIVE_INFINITY : minutes * MS_PER_MINUTE,
    progress: (done, total, violations) => display?.update({ done, total, violations }),
  });
  display?.[Symbol.dispose]();
  const shrunk = tally.violations.slice(0, SHRUNK_MAX).map((found) => cutDown(world, found));
  printOut(isSet(call, 'json') ? jsonOf(tally, shrunk) : textOf(world, tally, shrunk));
  return tally.violations.length === 0 ? ExitCode.done : ExitCode.wrong;
}

function cutDown(world: WorldName, { plan, invariant }: FoundViolation): RunResult {
  const { run, faults } = WORLDS[world];
  const whole = present(parsePlan(plan, faults), plan);
  // A run that is not the same twice cannot be cut down by running it again.
  const result = run(whole);
  const isAlike = invariant !== 'replay_differs' && result.violation !== undefined;
  return isAlike ? shrink(result, run) : result;
}

/** Exactly one run, with all that happened in it. */
function replayed(world: WorldName, text: string, json: boolean): ExitCode {
  const { run, faults } = WORLDS[world];
  const plan: Plan | undefined = parsePlan(text, faults);
  if (plan === undefined) throw new UsageError(`--replay ${text}: is no plan of a simulation`);
  const { lines, violation, trace, venue } = run(plan, { keepTrace: true });
  if (json) printOut(`${JSON.stringify({ plan: text, venue, trace, violation, lines })}\n`);
  else printOut(`${lines.join('\n')}\n${verdictOf(violation)}\n`);
  return violation === undefined ? ExitCode.done : ExitCode.wrong;
}

function verdictOf(violation: RunResult['violation']): string {
  if (violation === undefined) return 'everything held';
  const { invariant, message } = violation;
  return `${invariant} (${INVARIANTS[invariant]}): ${message}`;
}

function crashesOf({ sums }: Tally): number {
  return sums.processEnds + sums.machineEnds;
}

function jsonOf(tally: Tally, shrunk: readonly RunResult[]): string {
  const { seeds, replays, sums, faults, violations } = tally;
  const smaller = shrunk.map(({ plan, violation }) => ({ plan: formatPlan(plan), ...violation }));
  const figures = { seeds, replays, crashes: crashesOf(tally), ...sums, faults };
  return `${JSON.stringify({ ...figures, violations, shrunk: smaller }, undefined, 2)}\n`;
}

function textOf(world: WorldName, tally: Tally, shrunk: readonly RunResult[]): string {
  const { seeds, replays, sums, faults, violations } = tally;
  const number = (value: number): string => grouped(String(value));
  const struck = Object.entries(faults).filter(([, times]) => times > 0);
  const lines = [
    `seeds       ${number(seeds)}, ${number(replays)} of them twice`,
    `crashes     ${number(crashesOf(tally))}: ${number(sums.processEnds)} of the process, ` +
      `${number(sums.machineEnds)} of the machine; ${number(sums.fatalStops)} fatal stops`,
    `recoveries  ${number(sums.statesCompared)} compared with the state before, to the byte`,
    `orders      ${number(sums.orders)} at the venue, ${number(sums.fills)} fills`,
    `faults      ${struck.map(([fault, times]) => `${fault} ${number(times)}`).join(', ')}`,
    `violations  ${number(violations.length)}`,
  ];
  for (const { plan, invariant, message } of violations.slice(0, 20)) {
    lines.push(`  ${plan}: ${invariant}: ${message.split('\n')[0]}`);
  }
  for (const { plan } of shrunk) {
    const { lines: trace, violation } = WORLDS[world].run(plan, { keepTrace: true });
    const where = world === 'wire' ? '' : `--world ${world} `;
    lines.push('', `cut down to: tiyf simulate ${where}--replay '${formatPlan(plan)}'`);
    lines.push(...trace.slice(-TRACE_LINES), verdictOf(violation));
  }
  return `${lines.join('\n')}\n`;
}
