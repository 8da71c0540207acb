import { html } from '../../report/html.ts';
import { grouped } from '../../report/number-text.ts';
import type { Section } from '../../report/page.ts';
import { note, notice, scrollBox, table } from '../../report/parts.ts';
import type { Results, Summary } from './read-results.ts';
import { secondText } from './texts.ts';

/** Characters of the configuration that the page shows. */
const CONFIGURATION_MAX = 200_000;
const FILES_MAX = 200;

const count = (value: number): string => grouped(String(value));

/** What went other than it should: on top of the page, and only when there is something. */
export function warningSection(summary: Summary): Section | undefined {
  const alerts = Object.entries(summary.alerts).map(
    ([key, { severity, count: times, firstTime, firstText }]) =>
      `${severity}: ${key}, ${count(times)} times, first at ${secondText(firstTime)}: ${firstText}`,
  );
  const denied = Object.entries(summary.denials).map(([why, times]) => `${why}: ${count(times)}`);
  const shadow = Object.entries(summary.shadowDenials).map(
    ([why, times]) => `${why}: ${count(times)} (shadow: nothing was blocked)`,
  );
  const refused = Object.entries(summary.refusals).map(([why, times]) => `${why}: ${count(times)}`);
  const skipped = summary.files
    .filter(({ rows, accepted }) => accepted < rows)
    .map(({ file, rows, accepted, skipped: reasons }) => {
      const why = Object.entries(reasons).filter(([, times]) => times > 0);
      const list = why.map(([reason, times]) => `${reason} ${count(times)}`).join(', ');
      return `${file}: ${count(rows - accepted)} of ${count(rows)} rows (${list})`;
    });
  const open = summary.openPositions.map(
    ({ symbol, quantity, entryPrice }) => `${symbol} ${grouped(quantity)} at ${entryPrice}`,
  );
  const parts = (
    [
      ['Alerts', alerts],
      ['Refused by the venue', refused],
      ['Denied by gates', [...denied, ...shadow]],
      ['Rows of data that were skipped', skipped],
      ['Positions still open at the end; their profit is in equity, not in trades', open],
    ] as const
  ).filter(([, lines]) => lines.length > 0);
  if (parts.length === 0) return undefined;
  return {
    id: 'warnings',
    title: 'What to know first',
    short: 'Warnings',
    body: html`${parts.map(([title, lines]) => notice(title, lines))}`,
  };
}

function pretty(configuration: string): string {
  return JSON.stringify(JSON.parse(configuration), undefined, 2);
}

/** What was run on what: enough to run it again and to know that it is the same. */
export function identitySection({ summary, configuration }: Results): Section {
  const rows = [
    ['Configuration', summary.configHash],
    ['Data', summary.dataVersion],
    ['Records', `${summary.recordsHash} (${count(summary.records)})`],
    ['Final state', summary.stateHash],
    ['Final books', summary.bookHash],
    ...summary.strategies.map(
      ({ id, name, version, sourceHash }) =>
        [`Strategy ${id}`, `${name} version ${version}, ${sourceHash}`] as const,
    ),
    ['Engine', `${summary.engineVersion}, time zones ${summary.timeZoneVersion}`],
  ];
  const hashes = table({
    caption: 'The same configuration, data and engine give the same records.',
    columns: [
      { title: 'What', kind: 'text' },
      { title: 'Identity', kind: 'text' },
    ],
    rows: rows.map(([what, identity]) => [what, html`<code>${identity}</code>`]),
  });
  const listed = summary.files.slice(0, FILES_MAX);
  const files = table({
    caption:
      listed.length < summary.files.length
        ? `The first ${listed.length} of ${summary.files.length}; all are in summary.json.`
        : 'What the readers met.',
    columns: [
      { title: 'File', kind: 'text' },
      { title: 'Rows', kind: 'number' },
      { title: 'Taken', kind: 'number' },
    ],
    rows: listed.map(({ file, rows: all, accepted }) => [file, count(all), count(accepted)]),
  });
  const text = configuration === undefined ? undefined : pretty(configuration);
  const shown = text?.slice(0, CONFIGURATION_MAX);
  const cut =
    text !== undefined && shown !== text
      ? note('Cut here; all of it is in configuration.json.')
      : undefined;
  return {
    id: 'run',
    title: 'The run',
    body: html`${hashes}${listed.length === 0 ? undefined : html`<h3>Files</h3>${files}`}
<h3>Configuration</h3>${
      shown === undefined
        ? note('These results have no configuration.json.')
        : html`<details><summary>Effective configuration, instruments included</summary>
${scrollBox('Configuration', html`<pre><code>${shown}</code></pre>`)}</details>`
    }${cut}`,
  };
}
