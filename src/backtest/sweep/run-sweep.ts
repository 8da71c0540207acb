import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemble } from '../../config/assemble.ts';
import { sha256Of } from '../../config/canonical-json.ts';
import { loadConfig } from '../../config/load.ts';
import { parseUtc } from '../../config/schema-parts.ts';
import { ContentHashes } from '../../config/source-content.ts';
import type { ConfigChange } from '../../config/with-changes.ts';
import type { QuoteCache } from '../../data/cache/quote-cache.ts';
import { DataError } from '../../data/data-error.ts';
import { present } from '../../model/assert.ts';
import type { BacktestProgress } from '../feed-market.ts';
import { findAxes, type SweepAxis, type SweepBase } from './axes.ts';
import { type Objective, scoreOf } from './figures.ts';
import { combinations, drawn, POINTS_MAX, positionsOf, type ValueSpec } from './grid.ts';
import type { PointOutcome, WorkerSetup } from './point.ts';
import { JOURNAL_NAME, openSweepDirectory } from './sweep-directory.ts';
import { SweepError } from './sweep-error.ts';
import { type SweepIdentity, SweepJournal } from './sweep-journal.ts';
import { spanChanges, Tapes } from './tapes.ts';
import { type Span, type Split, splitsOf, type WalkForward } from './walk-forward.ts';
import { type PoolTask, runTasks } from './worker-pool.ts';

/** Most backtests of one sweep: points, times the splits of a walk-forward. */
const RUNS_MAX = 100_000;

/** What is asked of a sweep. */
export interface SweepRequest {
  /** The configuration. */
  readonly config: string;
  readonly specs: readonly ValueSpec[];
  /** Points that are drawn; left out: all combinations. */
  readonly random: { readonly count: number; readonly seed: number } | undefined;
  readonly walkForward: WalkForward | undefined;
  readonly objective: Objective;
  readonly workers: number;
  /** Most memory for quotes, and for the heap of each worker. */
  readonly memoryMb: number;
  readonly heapMb: number;
  /** Directory of the journal and the results. */
  readonly directory: string;
  /** Begin anew where a sweep stands in it. */
  readonly overwrite: boolean;
  /** Where quotes that were read from files are kept for the next run; left out, nowhere. */
  readonly cache?: QuoteCache | undefined;
}

/** Where a sweep is. */
export interface SweepProgress {
  readonly done: number;
  readonly total: number;
  /** Runs that were over when this process began. */
  readonly before: number;
  readonly best: SweepPoint | undefined;
  readonly bestScore: number | undefined;
}

export interface SweepWatcher {
  readonly signal: AbortSignal;
  /** The market is being read. */
  reading(progress: BacktestProgress): void;
  /** All is known, nothing has run. */
  begin(plan: SweepPlan): void;
  progress(progress: SweepProgress): void;
}

/** One combination of values. */
export interface SweepPoint {
  /** From 1, in canonical order. */
  readonly number: number;
  /** As the user wrote them, one a key. */
  readonly texts: readonly string[];
  /** Position of each value among those of its key. */
  readonly positions: readonly number[];
  readonly changes: readonly ConfigChange[];
}

/** What will be run. */
export interface SweepPlan {
  readonly base: SweepBase;
  readonly axes: readonly SweepAxis[];
  readonly points: readonly SweepPoint[];
  readonly splits: readonly Split[];
  readonly runs: number;
  /** Runs that the journal holds already. */
  readonly known: number;
}

/** The outcomes of one span: the whole market, or what a split was trained on. */
export interface SpanResult {
  readonly span: Span | undefined;
  /** One a point, in order. */
  readonly outcomes: readonly PointOutcome[];
  /** Position of the best point; `undefined` when none has the figure that is asked for. */
  readonly best: number | undefined;
}

/** A split of a walk-forward, run. */
export interface SplitResult {
  readonly split: Split;
  readonly train: SpanResult;
  /** Of the point that was best in training; `undefined` when there was none. */
  readonly test: PointOutcome | undefined;
}

export interface SweepResult {
  readonly plan: SweepPlan;
  readonly objective: Objective;
  /** Without a walk-forward. */
  readonly whole: SpanResult | undefined;
  readonly splits: readonly SplitResult[];
}

/**
 * Runs every point that the journal does not hold yet, on worker threads. Points that the
 * configuration refuses and runs that break off are outcomes, not errors. Throws `ConfigError`,
 * `DataError`, `SweepError`, `SharedQuotesError`, `OutputError`, and the reason of an aborted
 * signal; the journal then keeps what is done.
 */
export async function runSweep(request: SweepRequest, watcher: SweepWatcher): Promise<SweepResult> {
  const { signal } = watcher;
  const loaded = loadConfig(request.config);
  const fileHash = sha256Of(readFileSync(loaded.file));
  const { cache } = request;
  const hashes = new ContentHashes(cache?.hashes);
  const assembly = await assemble(loaded, 'backtest', { hashes, cache });
  const base: SweepBase = { loaded, assembly };
  const axes = await findAxes(request.specs, base);
  const points = pointsOf(axes, request.random);
  openSweepDirectory(request.directory, request.overwrite);
  using journal = new SweepJournal(
    join(request.directory, JOURNAL_NAME),
    identityOf(request, base),
  );
  signal.throwIfAborted();
  const bytesMax = request.memoryMb * 1_000_000;
  const tapes = new Tapes(loaded.file, assembly, { options: { hashes, cache }, bytesMax, signal });
  const splits = await prepare(request, base, tapes, watcher);
  const runs = points.length * Math.max(splits.length, 1) + splits.length;
  if (runs > RUNS_MAX) {
    throw new SweepError(`${runs} runs are more than ${RUNS_MAX}: fewer points or fewer splits`);
  }
  const setup = { file: loaded.file, fileHash, strategySources: assembly.strategySources };
  const sweep = new Sweep(request, { base, axes, points, splits, runs, known: 0 }, watcher, {
    journal,
    tapes,
    setup,
  });
  return await sweep.run();
}

function pointsOf(
  axes: readonly SweepAxis[],
  random: SweepRequest['random'],
): readonly SweepPoint[] {
  const sizes = axes.map(({ values }) => values.length);
  const total = combinations(sizes);
  const count = random?.count ?? total;
  if (count > POINTS_MAX) {
    const advice = random === undefined ? '; --random draws some of them' : '';
    throw new SweepError(`${count} points are more than the ${POINTS_MAX} of one sweep${advice}`);
  }
  const chosen =
    random === undefined
      ? Array.from({ length: total }, (_, at) => at)
      : drawn(total, count, random.seed);
  return chosen.map((combination, at) => {
    const positions = positionsOf(sizes, combination);
    const values = axes.map(({ path, values: all }, k) => {
      const { text, value } = present(all[positions[k] ?? -1], 'value');
      return { text, change: { path, value } };
    });
    return {
      number: at + 1,
      texts: values.map(({ text }) => text),
      positions,
      changes: values.map(({ change }) => change),
    };
  });
}

function identityOf(request: SweepRequest, { assembly }: SweepBase): SweepIdentity {
  return {
    configHash: assembly.configHash,
    data: assembly.market.fingerprint,
    strategySources: assembly.strategySources,
    engineVersion: assembly.engineVersion,
    timeZoneVersion: assembly.timeZoneVersion,
    values: request.specs.map(({ key, values }) => ({ key, values })),
    random: request.random ?? null,
    walkForward: request.walkForward ?? null,
  };
}

/** Reads what must be in memory, and splits the market where it is to be split. */
async function prepare(
  { walkForward }: SweepRequest,
  { loaded, assembly }: SweepBase,
  tapes: Tapes,
  watcher: SweepWatcher,
): Promise<readonly Split[]> {
  const onReading = (at: BacktestProgress): void => watcher.reading(at);
  const { market } = loaded.config;
  if (walkForward === undefined || market.kind === 'files') await tapes.load(onReading);
  if (walkForward === undefined) {
    if ((await tapes.of(undefined)).blocks.length > 0) return [];
    throw new DataError('DATA_EMPTY', 'the market has no quote', { file: assembly.id });
  }
  const days = await tapes.tradingDays(onReading);
  const { from, to } = market;
  return splitsOf(days, walkForward, {
    from: (from === undefined ? undefined : parseUtc(from)) ?? Number.NEGATIVE_INFINITY,
    to: (to === undefined ? undefined : parseUtc(to)) ?? Number.POSITIVE_INFINITY,
  });
}

interface Run {
  readonly name: string;
  readonly span: Span | undefined;
  readonly point: SweepPoint;
  readonly withCurve: boolean;
}

interface Parts {
  readonly journal: SweepJournal;
  readonly tapes: Tapes;
  readonly setup: WorkerSetup;
}

/** The runs of a sweep: which are known, which are to be run, and what came of them. */
class Sweep {
  readonly #request: SweepRequest;
  readonly #plan: SweepPlan;
  readonly #watcher: SweepWatcher;
  readonly #parts: Parts;
  readonly #outcomes: Map<string, PointOutcome>;
  readonly #before: number = 0;
  #done = 0;
  #best: SweepPoint | undefined;
  #bestScore: number | undefined;

  constructor(request: SweepRequest, plan: SweepPlan, watcher: SweepWatcher, parts: Parts) {
    // What failed may have failed for want of memory: it is tried again.
    const kept = [...parts.journal.known].filter(([, { status }]) => status !== 'failed');
    this.#outcomes = new Map(kept);
    this.#before = kept.length;
    this.#request = request;
    this.#plan = { ...plan, known: kept.length };
    this.#watcher = watcher;
    this.#parts = parts;
  }

  async run(): Promise<SweepResult> {
    const { splits, points } = this.#plan;
    this.#watcher.begin(this.#plan);
    const { objective } = this.#request;
    const result = { plan: this.#plan, objective };
    if (splits.length === 0) {
      await this.#runAll(points.map((point) => runOf('all', undefined, point)));
      return { ...result, whole: this.#spanResult('all', undefined), splits: [] };
    }
    const training = splits.flatMap(({ train }, at) =>
      points.map((point) => runOf(`train ${at + 1}`, train, point)),
    );
    await this.#runAll(training);
    const trained = splits.map((split, at) => {
      const train = this.#spanResult(`train ${at + 1}`, split.train);
      const best = train.best === undefined ? undefined : points[train.best];
      const test = best && runOf(`test ${at + 1}`, split.test, best, true);
      return { split, train, test };
    });
    await this.#runAll(trained.flatMap(({ test }) => test ?? []));
    const done = trained.map(({ split, train, test }) => ({
      split,
      train,
      test: test && this.#outcomeOf(test.name),
    }));
    return { ...result, whole: undefined, splits: done };
  }

  async #runAll(runs: readonly Run[]): Promise<void> {
    const missing = runs.filter(({ name }) => !this.#outcomes.has(name));
    for (const { name, point } of runs) {
      const known = this.#outcomes.get(name);
      if (known !== undefined) this.#count(point, known);
    }
    this.#show();
    const { workers, heapMb } = this.#request;
    const { setup } = this.#parts;
    const { signal } = this.#watcher;
    let at = 0;
    const options = { setup, heapMb, signal, workers: Math.min(workers, missing.length) };
    await runTasks(options, async () => {
      const run = missing[at];
      at += 1;
      return run === undefined ? undefined : await this.#taskOf(run);
    });
  }

  async #taskOf({ name, span, point, withCurve }: Run): Promise<PoolTask> {
    const tape = await this.#parts.tapes.of(span);
    const changes = [...point.changes, ...spanChanges(span)];
    const startedAt = performance.now();
    return {
      job: { changes, tape, withCurve },
      done: (outcome) => {
        const elapsedMs = Math.round(performance.now() - startedAt);
        this.#parts.journal.add({ run: name, outcome, elapsedMs });
        this.#outcomes.set(name, outcome);
        this.#count(point, outcome);
        this.#show();
      },
    };
  }

  #count(point: SweepPoint, outcome: PointOutcome): void {
    this.#done += 1;
    if (outcome.status !== 'done') return;
    const score = scoreOf(outcome.figures, this.#request.objective);
    if (score === undefined || score <= (this.#bestScore ?? Number.NEGATIVE_INFINITY)) return;
    this.#best = point;
    this.#bestScore = score;
  }

  #show(): void {
    this.#watcher.progress({
      done: this.#done,
      total: this.#plan.runs,
      before: this.#before,
      best: this.#best,
      bestScore: this.#bestScore,
    });
  }

  #outcomeOf(name: string): PointOutcome {
    return present(this.#outcomes.get(name), `outcome of ${name}`);
  }

  #spanResult(part: string, span: Span | undefined): SpanResult {
    const { objective } = this.#request;
    const outcomes = this.#plan.points.map((point) => this.#outcomeOf(nameOf(part, point)));
    let best: number | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const [at, outcome] of outcomes.entries()) {
      const score = outcome.status === 'done' ? scoreOf(outcome.figures, objective) : undefined;
      if (score === undefined || score <= bestScore) continue;
      best = at;
      bestScore = score;
    }
    return { span, outcomes, best };
  }
}

/** The journal binds keys and values, so a number names a point. */
function nameOf(part: string, { number }: SweepPoint): string {
  return `${part}: ${number}`;
}

function runOf(part: string, span: Span | undefined, point: SweepPoint, withCurve = false): Run {
  return { name: nameOf(part, point), span, point, withCurve };
}
