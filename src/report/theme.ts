/** Colours of a page as `#rrggbb`, by the name of their CSS variable. */
export type Palette = Readonly<Record<keyof typeof LIGHT, string>>;

/** Steps of a heat map on each side of zero. */
export const HEAT_STEPS = 5;

/** Words stand on page, surface and heat colours with a contrast of 4.5 or more. */
export const LIGHT = {
  page: '#f5f6f8',
  surface: '#ffffff',
  ink: '#1a2230',
  muted: '#566173',
  line: '#dfe3e9',
  grid: '#eceff3',
  control: '#8a94a3',
  accent: '#1c5cb8',
  second: '#9a4f00',
  third: '#6b3fa0',
  fourth: '#00697a',
  fifth: '#8c2f62',
  positive: '#0b7348',
  negative: '#b42f25',
  warning: '#855200',
  'warning-surface': '#fff6e0',
  'heat-p1': '#e6f4ec',
  'heat-p2': '#ccebda',
  'heat-p3': '#aedfc5',
  'heat-p4': '#8fd1ae',
  'heat-p5': '#6fc197',
  'heat-n1': '#fdece9',
  'heat-n2': '#fad7d2',
  'heat-n3': '#f6bfb8',
  'heat-n4': '#f1a69d',
  'heat-n5': '#ea8d83',
} as const;

export const DARK: Palette = {
  page: '#10141a',
  surface: '#181d25',
  ink: '#e4e8ee',
  muted: '#a1abba',
  line: '#2b333f',
  grid: '#222934',
  control: '#75808f',
  accent: '#7db0ff',
  second: '#f0a45c',
  third: '#c3a1f2',
  fourth: '#5cc8d6',
  fifth: '#ee93c0',
  positive: '#5ccb98',
  negative: '#ff8d82',
  warning: '#f1bd62',
  'warning-surface': '#2c2415',
  'heat-p1': '#182c25',
  'heat-p2': '#1a3a2e',
  'heat-p3': '#1c4837',
  'heat-p4': '#1d5640',
  'heat-p5': '#1e654a',
  'heat-n1': '#33211f',
  'heat-n2': '#482624',
  'heat-n3': '#5d2b28',
  'heat-n4': '#722f2b',
  'heat-n5': '#87332e',
};

/** Names of the colours that lines and bars are drawn in, in the order of a page's series. */
export const SERIES_COLOURS = ['accent', 'second', 'third', 'fourth', 'fifth'] as const;

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');
}

/** CSS variables of both palettes: as the system asks, unless the reader chose; paper is light. */
export function themeCss(): string {
  const [light, dark] = [variables(LIGHT), variables(DARK)];
  return `:root{color-scheme:light;${light}}
@media screen and (prefers-color-scheme:dark){
:root:not([data-theme=light]){color-scheme:dark;${dark}}}
@media screen{:root[data-theme=dark]{color-scheme:dark;${dark}}}
`;
}
