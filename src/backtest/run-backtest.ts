import type { Assembly } from '../config/assembly.ts';
import { accountBinding, configuredInput } from '../config/configured-input.ts';
import { DataError } from '../data/data-error.ts';
import { RecordHasher } from '../journal/hashes.ts';
import { NoJournal } from '../journal/no-journal.ts';
import type { TapeJournal } from '../journal/tape-journal.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { InputKind } from '../model/inputs.ts';
import { NO_ORDER, type TimeUs } from '../model/units.ts';
import { EmbeddedLoop } from '../runtime/embedded-loop.ts';
import { FanOut } from '../runtime/fan-out.ts';
import { Outbox } from '../runtime/outbox.ts';
import { startInputs } from '../runtime/start-inputs.ts';
import { SimVenue } from '../venues/sim/sim-venue.ts';
import type { FillWatch } from '../venues/sim/venue-rules.ts';
import { AlertLog } from './alert-log.ts';
import { backtestNonce } from './boot-nonce.ts';
import { type Fed, type Feeding, type FeedOptions, feedMarket } from './feed-market.ts';
import { JournalOutput } from './journal-output.ts';
import { RecordCounts } from './record-counts.ts';
import { writeReport } from './report/write-report.ts';
import { OutputDirectory, type OutputRequest } from './results/output-directory.ts';
import { ReportFiles } from './results/report-files.ts';
import { ResultFiles } from './results/result-files.ts';
import { RunNames } from './results/run-names.ts';
import { type BacktestSummary, summarize, summaryText } from './summary.ts';

export interface BacktestOptions extends FeedOptions {
  /** Where the results shall stand; left out: none are written. */
  readonly output?: OutputRequest | undefined;
  /** Where a journal of the run shall stand; left out: none is written. */
  readonly journal?: OutputRequest | undefined;
  /** Further takers of the decided records. */
  readonly sinks?: readonly RecordSink[];
}

export interface BacktestResult {
  readonly summary: BacktestSummary;
  /** `summary` as text: the content of `summary.json`. */
  readonly summaryText: string;
}

/**
 * Runs an assembled configuration over all quotes of its market: the kernel that trades live, the
 * simulated venue in process. Results and journal appear complete or not at all.
 *
 * Throws `DataError` (bad data, or no quote at all), `OutputError`, `StrategyError`, and the reason
 * of an aborted `signal`.
 */
export async function runBacktest(
  assembly: Assembly,
  options: BacktestOptions = {},
): Promise<BacktestResult> {
  using output = options.output === undefined ? undefined : new OutputDirectory(options.output);
  using journal =
    options.journal === undefined
      ? undefined
      : new JournalOutput(options.journal, backtestNonce(assembly));
  using run = new BacktestRun(assembly, output?.temporary, options.sinks ?? [], journal?.journal);
  const startedAt = performance.now();
  const reading = assembly.market.read();
  const { reportFiles } = run;
  const onQuotes: Feeding['onQuotes'] =
    reportFiles && ((block, from, to) => reportFiles.take(block, from, to));
  const feeding = { ...options, onQuotes };
  const fed = await feedMarket(reading, run.loop, (time) => run.begin(time), feeding);
  if (fed === undefined) {
    throw new DataError('DATA_EMPTY', 'the market has no quote', { file: assembly.id });
  }
  run.end(fed.to);
  const elapsedMs = performance.now() - startedAt;
  const dataVersion = reading.dataVersion();
  const summary = run.summary({ fed, dataVersion, reports: reading.reports(), elapsedMs });
  const text = summaryText(summary);
  run.files?.finish(dataVersion, text);
  reportFiles?.finish();
  if (output !== undefined) writeReport(output.temporary);
  journal?.complete();
  output?.complete();
  return { summary, summaryText: text };
}

interface Reading {
  readonly fed: Fed;
  readonly dataVersion: string;
  readonly reports: ReturnType<ReturnType<Assembly['market']['read']>['reports']>;
  readonly elapsedMs: number;
}

/** Kernel, venue and takers of records, wired for one run. */
class BacktestRun implements Disposable {
  readonly #assembly: Assembly;
  readonly #nonce: string;
  readonly #names: RunNames;
  readonly #hasher = new RecordHasher();
  readonly #counts = new RecordCounts();
  readonly #alerts = new AlertLog();
  readonly #kernel: Kernel;
  readonly #venue: SimVenue;
  readonly loop: EmbeddedLoop;
  readonly files: ResultFiles | undefined;
  readonly reportFiles: ReportFiles | undefined;

  constructor(
    assembly: Assembly,
    directory: string | undefined,
    sinks: readonly RecordSink[],
    journal: TapeJournal | undefined,
  ) {
    const { kernel: config, prefix, configHash } = assembly;
    this.#assembly = assembly;
    this.#nonce = backtestNonce(assembly);
    this.#names = new RunNames({
      instruments: config.instruments,
      strategies: config.strategies.map(({ id }) => id),
      moneyDecimals: config.account.decimals,
      prefix,
      nonce: this.#nonce,
    });
    const origin = { configHash, venue: config.venue.id };
    this.files =
      directory === undefined ? undefined : new ResultFiles(directory, this.#names, origin);
    const reportFiles =
      directory === undefined
        ? undefined
        : new ReportFiles(directory, this.#names, {
            configuration: assembly.configuration,
            instruments: config.instruments,
            conversionPaths: assembly.venue.conversionPaths,
            moneyDecimals: config.account.decimals,
          });
    this.reportFiles = reportFiles;
    const written = [journal, this.files, reportFiles].filter((sink) => sink !== undefined);
    this.#kernel = new Kernel(
      config,
      new FanOut([this.#hasher, this.#counts, ...written, ...sinks]),
    );
    this.#names.follow(this.#kernel.book);
    const watch: FillWatch | undefined =
      reportFiles && ((cursor, bid, ask) => reportFiles.filled(cursor, bid, ask));
    this.#venue = new SimVenue(assembly.venue, this.#kernel.book.board, watch);
    const outbox = new Outbox(this.#kernel, this.#venue, this.#alerts);
    this.loop = new EmbeddedLoop(this.#kernel, this.#venue, journal ?? new NoJournal(), outbox);
  }

  /** The engine's start, at the time of the first quote: the same inputs as at a live start. */
  begin(time: TimeUs): void {
    const { prefix, tradingState } = this.#assembly;
    const configured = configuredInput(this.#assembly);
    const nonce = this.#nonce;
    this.#venue.open(time);
    for (const input of startInputs({
      configured,
      binding: accountBinding(this.#assembly, 'backtest'),
      prefix,
      nonce,
      handlesTaken: NO_ORDER,
      known: false,
      tradingState,
      latched: '',
      killed: undefined,
      strategiesReset: undefined,
      restored: false,
      connection: 1,
      opening: this.#venue.opening(time),
    })) {
      this.loop.input(input, time);
    }
  }

  /** The engine's end: what is due by the last quote happens, the account is sampled once more. */
  end(time: TimeUs): void {
    this.loop.advanceTo(time);
    this.loop.input({ kind: InputKind.stopped, reason: 'end of data' }, time);
  }

  summary(reading: Reading): BacktestSummary {
    return summarize({
      ...reading,
      assembly: this.#assembly,
      kernel: this.#kernel,
      names: this.#names,
      counts: this.#counts,
      alerts: this.#alerts,
      hasher: this.#hasher,
    });
  }

  [Symbol.dispose](): void {
    this.files?.[Symbol.dispose]();
    this.reportFiles?.[Symbol.dispose]();
  }
}
