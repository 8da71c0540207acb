import { availableParallelism } from 'node:os';
import { annualSharpe, OBJECTIVES, type Objective, scoreOf } from '../backtest/sweep/figures.ts';
import { parseValueSpec } from '../backtest/sweep/grid.ts';
import type { PointOutcome } from '../backtest/sweep/point.ts';
import {
  runSweep,
  type SweepPlan,
  type SweepRequest,
  type SweepResult,
} from '../backtest/sweep/run-sweep.ts';
import { stitchedEquity, sweepCsv, walkForwardCsv } from '../backtest/sweep/sweep-csv.ts';
import { writeSweepFile } from '../backtest/sweep/sweep-directory.ts';
import { sweepPage } from '../backtest/sweep/sweep-page.ts';
import { parseWalkForward } from '../backtest/sweep/walk-forward.ts';
import { grouped } from '../report/number-text.ts';
import { type CommandCall, isSet, listOption, numberOption, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { cacheOf } from './open-cache.ts';
import { printErr, printOut } from './output.ts';
import { openProgress } from './progress.ts';
import { UsageError } from './report-error.ts';
import { SignalWatch } from './signal-watch.ts';
import { openSweepDisplay } from './sweep-progress.ts';

const MEMORY_MB = 1024;
const HEAP_MB = 512;
const SHOWN_POINTS = 5;

function objectiveOf(text: string): Objective {
  const found = OBJECTIVES.find((objective) => objective === text);
  if (found !== undefined) return found;
  throw new UsageError(`--objective ${text}: is one of ${OBJECTIVES.join(', ')}`);
}

function requestOf(call: CommandCall): SweepRequest {
  const grid = listOption(call, 'grid').map(String);
  const range = listOption(call, 'range').map(String);
  const count = numberOption(call, 'random');
  const seed = numberOption(call, 'seed');
  if (count === undefined && (range.length > 0 || seed !== undefined)) {
    throw new UsageError('--range and --seed are of use with --random only');
  }
  if (count !== undefined && grid.length > 0) {
    throw new UsageError('--random takes its keys from --range, not from --grid');
  }
  if (count !== undefined && seed === undefined) {
    throw new UsageError('--random needs a --seed, so that the same points can be drawn again');
  }
  const specs = (count === undefined ? grid : range).map(parseValueSpec);
  if (specs.length === 0) {
    const wanted = count === undefined ? '--grid' : '--range';
    throw new UsageError(`at least one ${wanted} KEY=VALUES is wanted`);
  }
  const walkForward = textOption(call, 'walkForward');
  return {
    config: textOption(call, 'config') ?? '',
    specs,
    random: count === undefined || seed === undefined ? undefined : { count, seed },
    walkForward: walkForward === undefined ? undefined : parseWalkForward(walkForward),
    objective: objectiveOf(textOption(call, 'objective') ?? 'net-profit'),
    workers: numberOption(call, 'workers') ?? availableParallelism(),
    memoryMb: numberOption(call, 'memory') ?? MEMORY_MB,
    heapMb: numberOption(call, 'workerMemory') ?? HEAP_MB,
    directory: textOption(call, 'out') ?? '',
    overwrite: isSet(call, 'overwrite'),
    cache: cacheOf(call),
  };
}

/** What is about to be run, before it is. */
function planText({ points, splits, runs, known }: SweepPlan, workers: number): string {
  const count = (value: number, what: string): string =>
    `${grouped(String(value))} ${what}${value === 1 ? '' : 's'}`;
  const parts = [
    count(points.length, 'point'),
    ...(splits.length === 0 ? [] : [count(splits.length, 'split'), count(runs, 'run')]),
    count(workers, 'worker'),
    ...(known === 0 ? [] : [`${grouped(String(known))} done before`]),
  ];
  return `${parts.join(', ')}\n`;
}

/** Runs the sweep with what shows its progress. */
async function watched(
  request: SweepRequest,
  signal: AbortSignal,
  quiet: boolean,
): Promise<SweepResult> {
  const keys = request.specs.map(({ key }) => key);
  using reading = quiet ? undefined : await openProgress();
  using running = quiet ? undefined : await openSweepDisplay(keys);
  return await runSweep(request, {
    signal,
    reading: (progress) => reading?.update(progress),
    begin: (plan) => {
      reading?.[Symbol.dispose]();
      if (!quiet) printErr(planText(plan, request.workers));
    },
    progress: (progress) => running?.update(progress),
  });
}

function outcomesOf({ whole, splits }: SweepResult): readonly PointOutcome[] {
  const trained = splits.flatMap(({ train, test }) => [...train.outcomes, ...(test ? [test] : [])]);
  return whole?.outcomes ?? trained;
}

function countsOf(result: SweepResult): Readonly<Record<PointOutcome['status'], number>> {
  const counts = { done: 0, invalid: 0, failed: 0 };
  for (const { status } of outcomesOf(result)) counts[status] += 1;
  return counts;
}

/** Runs that failed, or in which the engine found something wrong, make the sweep so. */
function exitCodeOf(result: SweepResult): ExitCode {
  const isWrong = (outcome: PointOutcome): boolean =>
    outcome.status === 'failed' ||
    (outcome.status === 'done' && outcome.figures.criticalAlerts.length > 0);
  const outcomes = outcomesOf(result);
  const none = outcomes.every(({ status }) => status !== 'done');
  return none || outcomes.some(isWrong) ? ExitCode.wrong : ExitCode.done;
}

/** The best points of a sweep without splits, best first; at equal scores the earlier one. */
function bestOf({ whole, objective }: SweepResult): number[] {
  const scored = (whole?.outcomes ?? []).flatMap((outcome, at) => {
    const score = outcome.status === 'done' ? scoreOf(outcome.figures, objective) : undefined;
    return score === undefined ? [] : [{ at, score }];
  });
  return scored.sort((a, b) => b.score - a.score || a.at - b.at).map(({ at }) => at);
}

function valuesOf({ plan }: SweepResult, at: number | undefined): Record<string, string> {
  const texts = at === undefined ? [] : (plan.points[at]?.texts ?? []);
  return Object.fromEntries(texts.map((text, k) => [plan.axes[k]?.key ?? '', text]));
}

function jsonOf(result: SweepResult): string {
  const { plan, objective, splits, whole } = result;
  const outcome = (at: number | undefined) => (at === undefined ? undefined : whole?.outcomes[at]);
  const [best] = bestOf(result);
  const shown = {
    points: plan.points.length,
    runs: countsOf(result),
    objective,
    ...(whole === undefined
      ? {
          splits: splits.map(({ split, train, test }) => ({
            ...split,
            values: valuesOf(result, train.best),
            trained: train.best === undefined ? undefined : train.outcomes[train.best],
            tested: test === undefined ? undefined : withoutCurve(test),
          })),
          stitchedEquity: stitchedEquity(result).at(-1)?.equity,
        }
      : { best: { values: valuesOf(result, best), ...outcome(best) } }),
  };
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}

function withoutCurve(outcome: PointOutcome): object {
  if (outcome.status !== 'done') return outcome;
  const { curve: _, ...rest } = outcome;
  return rest;
}

/** Rows of cells as a table whose columns stand below each other. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, k) => Math.max(...rows.map((row) => row[k]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, k) => cell.padStart(widths[k] ?? 0)).join('  ')}`);
}

function figuresRow(outcome: PointOutcome | undefined): string[] {
  if (outcome?.status !== 'done') return ['–', '–', '–', '–'];
  const { trades, netProfit, maxDrawdown } = outcome.figures;
  const sharpe = annualSharpe(outcome.figures)?.toFixed(2) ?? '–';
  return [grouped(String(trades)), grouped(netProfit), grouped(maxDrawdown), sharpe];
}

const FIGURE_HEADS = ['trades', 'net profit', 'max drawdown', 'Sharpe'];

function bestLines(result: SweepResult): string[] {
  const { plan, objective, whole } = result;
  const best = bestOf(result).slice(0, SHOWN_POINTS);
  if (best.length === 0) return [];
  const rows = best.map((at) => [
    ...(plan.points[at]?.texts ?? []),
    ...figuresRow(whole?.outcomes[at]),
  ]);
  const heads = [...plan.axes.map(({ key }) => key), ...FIGURE_HEADS];
  return [`Best by ${objective}`, ...aligned([heads, ...rows]), ''];
}

function splitLines(result: SweepResult): string[] {
  const { plan, splits } = result;
  if (splits.length === 0) return [];
  const heads = [
    'test from',
    ...plan.axes.map(({ key }) => key),
    'trained',
    'tested',
    'test Sharpe',
  ];
  const rows = splits.map(({ split, train, test }) => {
    const point = train.best === undefined ? undefined : plan.points[train.best];
    const trained = figuresRow(train.best === undefined ? undefined : train.outcomes[train.best]);
    const tested = figuresRow(test);
    const values = plan.axes.map((_, k) => point?.texts[k] ?? '–');
    return [split.test.from, ...values, trained[1] ?? '', tested[1] ?? '', tested[3] ?? ''];
  });
  const end = stitchedEquity(result).at(-1)?.equity;
  const stitched = end === undefined ? [] : [`Equity after all tests: ${grouped(end)}`];
  return ['Net profit by split', ...aligned([heads, ...rows]), ...stitched, ''];
}

/** The result as a person reads it. */
function textOf(result: SweepResult, directory: string): string {
  const { done, invalid, failed } = countsOf(result);
  const reasons = outcomesOf(result).flatMap((one) => (one.status === 'failed' ? one.reason : []));
  const lines = [
    `${done} done, ${invalid} invalid, ${failed} failed`,
    ...[...new Set(reasons)].slice(0, SHOWN_POINTS).map((reason) => `  failed: ${reason}`),
    '',
    ...bestLines(result),
    ...splitLines(result),
    `Results in ${directory}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `tiyf sweep` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const request = requestOf(call);
  using watch = new SignalWatch();
  const result = await watched(request, watch.signal, isSet(call, 'quiet'));
  const { directory } = request;
  writeSweepFile(directory, 'sweep.csv', sweepCsv(result));
  const page = sweepPage(result, request.random !== undefined);
  writeSweepFile(directory, 'sweep.html', page);
  if (request.walkForward !== undefined) {
    writeSweepFile(directory, 'walk-forward.csv', walkForwardCsv(result));
  }
  printOut(isSet(call, 'json') ? jsonOf(result) : textOf(result, directory));
  return exitCodeOf(result);
}
