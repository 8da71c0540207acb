import { configuredMarket, namedMarket, type ReportMarket } from '../config/report-market.ts';
import type { DataReport, InstrumentReport } from '../data/report/report-types.ts';
import { NO_TIME } from '../model/units.ts';
import { dataReportPage } from '../report/data-report-page.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { dataReportText } from './data-report-text.ts';
import { ExitCode } from './exit-code.ts';
import { refuseStanding, writeWhole } from './html-file.ts';
import { printOut } from './output.ts';
import { openProgress } from './progress.ts';
import { UsageError } from './report-error.ts';

function marketOf(call: CommandCall): ReportMarket {
  const config = textOption(call, 'config');
  const symbol = textOption(call, 'symbol');
  const format = textOption(call, 'format');
  const instruments = textOption(call, 'instruments');
  const files = call.arguments;
  if (config !== undefined) {
    if (files.length > 0 || format !== undefined || instruments !== undefined) {
      throw new UsageError('files, --format and --instruments do not go with --config');
    }
    return configuredMarket(config, symbol);
  }
  if (files.length === 0 || symbol === undefined || format === undefined) {
    throw new UsageError('either --config, or files with --symbol and --format');
  }
  return namedMarket({ files, symbol, format, instruments });
}

function isGrave({ findings }: InstrumentReport): boolean {
  return findings.some(({ severity }) => severity !== 'info');
}

/** `tiyf data report` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const page = textOption(call, 'html');
  const overwrite = isSet(call, 'overwrite');
  if (overwrite && page === undefined)
    throw new UsageError('--overwrite is of use with --html only');
  const market = marketOf(call);
  if (page !== undefined) refuseStanding(page, overwrite);
  using progress = isSet(call, 'quiet') ? undefined : await openProgress();
  const instruments: InstrumentReport[] = [];
  const onProgress =
    progress &&
    ((at: { quotes: number; share: number }) => progress.update({ ...at, time: NO_TIME }));
  for await (const one of market.reports(onProgress)) instruments.push(one);
  progress?.[Symbol.dispose]();
  const report: DataReport = { schemaVersion: 1, instruments };
  if (page !== undefined) writeWhole(page, dataReportPage(report));
  printOut(
    isSet(call, 'json') ? `${JSON.stringify(report, undefined, 2)}\n` : dataReportText(report),
  );
  return isSet(call, 'strict') && instruments.some(isGrave) ? ExitCode.wrong : ExitCode.done;
}
