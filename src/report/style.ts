import { HEAT_STEPS, SERIES_COLOURS, themeCss } from './theme.ts';

const BASE = `
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:3.5rem}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,
"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
h1,h2,h3{line-height:1.25;margin:0;font-weight:600;letter-spacing:-.01em}
h1{font-size:1.5rem;overflow-wrap:anywhere}
h2{font-size:1.125rem}
h3{font-size:.95rem}
p{margin:.5rem 0}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
code,.mono{font:.8125rem/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;
overflow-wrap:anywhere}
.frame{max-width:76rem;margin:0 auto;padding:0 1.25rem}
.masthead{padding:1.5rem 0 1rem}
.masthead .frame{display:flex;gap:1rem;align-items:flex-start;justify-content:space-between}
.lead{color:var(--muted);margin:.25rem 0 0}
.muted,.note{color:var(--muted)}
.note{font-size:.8125rem;margin:.5rem 0 0;max-width:52rem}
.positive{color:var(--positive)}
.negative{color:var(--negative)}
.nav{position:sticky;top:0;z-index:5;background:var(--page);border-bottom:1px solid var(--line)}
.nav ul{display:flex;gap:1.25rem;margin:0;padding:0;list-style:none;overflow-x:auto;
scrollbar-width:none}
.nav a{display:block;padding:.625rem 0;color:var(--muted);text-decoration:none;white-space:nowrap;
font-size:.875rem}
.nav a:hover{color:var(--ink)}
main.frame{padding-top:1.25rem;padding-bottom:2rem}
.section{background:var(--surface);border:1px solid var(--line);border-radius:10px;
padding:1.125rem 1.25rem 1.25rem;margin:0 0 1.25rem;min-width:0}
.section>h2{margin-bottom:.75rem}
.section h3{margin:1.25rem 0 .5rem}
.columns{display:grid;gap:1.25rem;
grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
.columns>*{min-width:0}
.footer{color:var(--muted);overflow-wrap:anywhere;font-size:.8125rem;padding-bottom:2rem}
button,select,input{font:inherit;color:inherit;background:var(--surface);
border:1px solid var(--control);border-radius:6px;padding:.3125rem .625rem}
button{cursor:pointer}
button:hover:not(:disabled){border-color:var(--ink)}
button:disabled{color:var(--muted);border-color:var(--line);cursor:default}
.theme{flex:none;font-size:.8125rem}
.notice{border:1px solid var(--warning);background:var(--warning-surface);border-radius:8px;
overflow-wrap:anywhere;padding:.625rem .875rem;margin:0 0 1rem}
.notice:last-child{margin-bottom:0}
.notice strong{color:var(--warning)}
.notice p,.notice ul{margin:.25rem 0}
.notice ul{padding-left:1.25rem}
details{margin:0 0 1.25rem}
summary{cursor:pointer;color:var(--accent);font-size:.875rem}
details[open]>summary{margin-bottom:.75rem}
pre{margin:0}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
`;

const FIGURES = `
.figures{display:grid;gap:1px;margin:0;background:var(--surface);border:1px solid var(--line);
border-radius:8px;overflow:hidden;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr))}
.figures>div{background:var(--surface);padding:.625rem .875rem;box-shadow:0 0 0 1px var(--line)}
.figures dt{color:var(--muted);font-size:.8125rem}
.figures dd{margin:0;font-size:1.1875rem;font-weight:600;font-variant-numeric:tabular-nums;
letter-spacing:-.01em;overflow-wrap:anywhere}
.figures dd.small{font-size:.8125rem;font-weight:400;color:var(--muted);letter-spacing:0}
`;

const TABLES = `
.scroll{overflow-x:auto;position:relative}
.figures+.chart,.scroll+.chart,.scroll+.columns,.scroll+details{margin-top:1.25rem}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);font-size:.8125rem;padding:0 0 .375rem;caption-side:top}
th,td{text-align:left;padding:.3125rem .625rem;border-bottom:1px solid var(--line);
vertical-align:baseline}
th:first-child,td:first-child{padding-left:.125rem}
th:last-child,td:last-child{padding-right:.125rem}
thead th{color:var(--muted);font-weight:500;font-size:.8125rem;vertical-align:bottom;
border-bottom-color:var(--control)}
tbody th{font-weight:500}
tfoot th,tfoot td{border-bottom:0;border-top:1px solid var(--control);font-weight:600}
tbody tr:last-child>*{border-bottom-color:transparent}
.number{text-align:right;white-space:nowrap}
.wrap{overflow-wrap:break-word}
.text{white-space:nowrap}
.heat td,.heat th{padding:.3125rem .5rem}
.heat td{border:1px solid var(--surface)}
.heat .total{font-weight:600}
th button.sort{all:unset;cursor:pointer;display:inline-block}
th button.sort:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
th button.sort:hover{color:var(--ink)}
th[aria-sort] button.sort::after{content:"";display:inline-block;width:.9em;text-align:right}
th[aria-sort=ascending] button.sort::after{content:"\\2191"}
th[aria-sort=descending] button.sort::after{content:"\\2193"}
.controls{display:flex;flex-wrap:wrap;gap:.625rem .875rem;align-items:end;margin:0 0 .75rem}
.controls label{display:grid;gap:.1875rem;color:var(--muted);font-size:.8125rem}
.controls input,.controls select{color:var(--ink);font-size:.875rem;min-width:7rem}
.pager{display:flex;flex-wrap:wrap;gap:.625rem;align-items:center;margin-top:.75rem;
font-size:.875rem}
.pager output{color:var(--muted);font-variant-numeric:tabular-nums}
`;

const CHARTS = `
.chart{margin:0 0 1.25rem;min-width:0}
.chart:last-child{margin-bottom:0}
.chart figcaption{display:flex;flex-wrap:wrap;gap:.125rem 1.125rem;align-items:baseline;
margin-bottom:.375rem}
.chart figcaption h3{margin:0}
.plot{width:100%;overflow:hidden}
.plot .u-axis{pointer-events:none}
.legend{display:flex;flex-wrap:wrap;gap:.125rem 1rem;margin:0;padding:0;list-style:none;
font-size:.8125rem;color:var(--muted);font-variant-numeric:tabular-nums}
.legend b{font-weight:500;color:var(--ink)}
.legend li:has(>b:only-child:empty){display:none}
.swatch{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.375em;
vertical-align:-.05em}
.plot .u-cursor-x,.plot .u-cursor-y{border-color:var(--control)}
.plot .u-select{background:var(--accent);opacity:.16}
`;

const PAPER = `
@media (max-width:40rem){
body{font-size:14px}
.frame{padding:0 .75rem}
.section{padding:.875rem .75rem;border-radius:8px}
.figures{grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr))}
.figures dd{font-size:1.0625rem}
}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{
@page{margin:14mm 12mm}
body{background:#fff;font-size:11px}
.nav,.theme,.screen{display:none!important}
.frame{max-width:none;padding:0}
.section{border:0;border-radius:0;padding:0;margin:0 0 1.5rem}
.section>h2{border-bottom:1px solid var(--control);padding-bottom:.25rem}
.scroll{overflow:visible}
table{font-size:10px}
tr,.figures,.chart{break-inside:avoid}
thead{display:table-header-group}
h2,h3,caption{break-after:avoid}
.figures>div,.heat td,.swatch{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;

/** Colours that a style attribute would give: the page's policy allows none. */
function colourClasses(): string {
  const steps = Array.from({ length: HEAT_STEPS }, (_, i) => i + 1);
  const heat = ['p', 'n'].flatMap((side) =>
    steps.map((step) => `.${side}${step}{background:var(--heat-${side}${step})}`),
  );
  const named = [...SERIES_COLOURS, 'positive', 'negative', 'muted'] as const;
  const colours = named.map(
    (name) => `.c-${name}{background:var(--${name})}.t-${name}{color:var(--${name})}`,
  );
  return [...heat, ...colours].join('\n');
}

/** The house style sheet: screen in light and dark, narrow screens, paper. */
export function styleSheet(): string {
  return `${themeCss()}${BASE}${FIGURES}${TABLES}${CHARTS}${colourClasses()}${PAPER}`;
}
