import { comparePage } from '../backtest/compare/compare-page.ts';
import { type Comparison, compareResults } from '../backtest/compare/compare-results.ts';
import { FIGURE_ROWS } from '../backtest/compare/figure-rows.ts';
import { methodLines, pText, testText } from '../backtest/compare/test-text.ts';
import { readResults } from '../backtest/report/read-results.ts';
import { NONE } from '../backtest/report/texts.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { refuseStanding, writeWhole } from './html-file.ts';
import { printOut } from './output.ts';
import { UsageError } from './report-error.ts';

const KEYS_MAX = 100;

/** Rows of cells as text: the first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => (row[i] ?? '').length)),
  );
  return rows.map((row) => {
    const cells = row.map((text, i) =>
      i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0),
    );
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

function configurationLines({ configuration, runs }: Comparison): string[] {
  if (configuration === undefined) return ['  a run has no configuration.json'];
  if (configuration.length === 0) return ['  the same'];
  const shown = configuration
    .slice(0, KEYS_MAX)
    .flatMap(({ key, values }) => [
      `  ${key}`,
      ...values.map((value, i) => `    ${runs[i]?.name} ${value ?? NONE}`),
    ]);
  const left = configuration.length - KEYS_MAX;
  return left > 0 ? [...shown, `  and ${left} more keys; --json has them all`] : shown;
}

/** The comparison as a person reads it. */
function textOf(comparison: Comparison): string {
  const { runs, warnings, differences } = comparison;
  const lines = [
    ...runs.map(({ name, id, directory }) => `${name}  ${id}  ${directory}`),
    ...warnings.map((warning) => `Warning: ${warning}`),
    '',
    ...aligned([
      ['', ...runs.map(({ name }) => name)],
      ...FIGURE_ROWS.map(([label, text]) => [label, ...runs.map((run) => text(run.figures))]),
    ]),
    '',
    'Configuration',
    ...configurationLines(comparison),
    '',
    'Difference',
    ...differences.flatMap((difference) => {
      const { verdict, adjustedP } = difference;
      const isMany = differences.length > 1 && adjustedP !== undefined;
      const adjusted = isMany ? `; adjusted p = ${pText(adjustedP)}` : '';
      return [`  ${verdict}`, `    ${testText(difference)}${adjusted}`];
    }),
    ...methodLines(comparison).map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** `tiyf compare` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const page = textOption(call, 'html');
  const overwrite = isSet(call, 'overwrite');
  if (overwrite && page === undefined)
    throw new UsageError('--overwrite is of use with --html only');
  if (call.arguments.length < 2) throw new UsageError('name two or more result directories');
  if (page !== undefined) refuseStanding(page, overwrite);
  const results = call.arguments.map(readResults);
  const comparison = compareResults(results);
  if (page !== undefined) writeWhole(page, comparePage(results, comparison));
  printOut(
    isSet(call, 'json') ? `${JSON.stringify(comparison, undefined, 2)}\n` : textOf(comparison),
  );
  return ExitCode.done;
}
