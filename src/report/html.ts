const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML shows it, in content and in quoted attributes alike. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** A piece of finished HTML. Only {@link html}, {@link join} and {@link trusted} make one. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: text and numbers are escaped, `undefined` shows nothing. */
export type HtmlPart = Html | string | number | undefined | readonly HtmlPart[];

function partText(part: HtmlPart): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return escapeHtml(String(part));
  return part.map(partText).join('');
}

/** Template of HTML: what is put in is escaped unless it is {@link Html} itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let text = strings[0] ?? '';
  parts.forEach((part, i) => {
    text += partText(part) + (strings[i + 1] ?? '');
  });
  return new Html(text);
}

/** Text that is HTML already. For constants of the source alone, never for data. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** JSON that may stand between script tags: no `<`, so that no data ends the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** Data for the page's scripts; they read it by the id. Nothing of it is run. */
export function dataBlock(id: string, value: unknown): Html {
  return html`<script type="application/json" id="${id}">${trusted(scriptJson(value))}</script>`;
}
