/**
 * Pages of results: one HTML file that needs nothing else and may reach nothing else.
 *
 * How to use it: compose the body from `section`, `figures`, `table` and `notice` (parts.ts),
 * `heatTable` (heat-table.ts), `chart` (chart.ts) and `bigTable` (big-table.ts); own pieces with
 * the template `html`, which escapes what is put in (html.ts). Then
 *
 *     page({ title, lead, sections: [section({ id, title, body })], footer })
 *
 * is the text of the file. It is a pure function: the same parts give the same bytes. A style
 * attribute is refused by the page's own policy: colours come from the classes in style.ts.
 */
import { createHash } from 'node:crypto';
import { chartAssets } from './chart-assets.ts';
import { type Html, html, trusted } from './html.ts';
import { BIG_TABLE_SCRIPT } from './scripts/big-table-script.ts';
import { CHART_SCRIPT } from './scripts/chart-script.ts';
import { THEME_SCRIPT } from './scripts/theme-script.ts';
import { styleSheet } from './style.ts';

/** A section of a page; `id` is its anchor. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
  /** Its name in the page's menu, where that is to be shorter than the title. */
  readonly short?: string | undefined;
}

export interface Page {
  readonly title: string;
  /** The line below the title. */
  readonly lead: Html | string;
  readonly sections: readonly Section[];
  readonly footer: Html | string;
}

function sourceHash(content: string): string {
  return `'sha256-${createHash('sha256').update(content, 'utf8').digest('base64')}'`;
}

/** Nothing is loaded, and only these very scripts run: data that looks like one stays data. */
function policyOf(scripts: readonly string[], styles: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map(sourceHash).join(' ')}`,
    `style-src ${styles.map(sourceHash).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function inline(tag: 'script' | 'style', contents: readonly string[]): Html[] {
  return contents.map((content) => trusted(`<${tag}>${content}</${tag}>\n`));
}

function menu(sections: readonly Section[]): Html {
  const items = sections.map(
    ({ id, title, short }) => html`<li><a href="#${id}">${short ?? title}</a></li>`,
  );
  return html`<nav class="nav" aria-label="Sections"><div class="frame"><ul>${items}</ul></div>
</nav>`;
}

function sectionHtml({ id, title, body }: Section): Html {
  return html`<section class="section" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`;
}

/** The whole file. Scripts for charts and big tables are put in where the body has one. */
export function page({ title, lead, sections, footer }: Page): string {
  const body = html`${sections.map(sectionHtml)}`.text;
  const hasCharts = body.includes('data-chart=');
  const assets = hasCharts ? chartAssets() : { scripts: [], styles: [] };
  const styles = [...assets.styles, styleSheet()];
  const scripts = [
    THEME_SCRIPT,
    ...assets.scripts,
    ...(hasCharts ? [CHART_SCRIPT] : []),
    ...(body.includes('data-big-table=') ? [BIG_TABLE_SCRIPT] : []),
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policyOf(scripts, styles))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="TiYf Engine">
<title>${title}</title>
${inline('style', styles)}</head>
<body>
<header class="masthead"><div class="frame">
<div><h1>${title}</h1><p class="lead">${lead}</p></div>
<button type="button" class="theme" data-theme-toggle hidden>Dark</button>
</div></header>
${menu(sections)}
<main class="frame">
<noscript><p class="notice">Charts and lists need JavaScript; the rest does not.</p></noscript>
${trusted(body)}</main>
<footer class="footer"><div class="frame">${footer}</div></footer>
${inline('script', scripts)}</body>
</html>
`.text;
}
