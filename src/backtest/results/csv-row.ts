const NEEDS_QUOTES = /[",\r\n]/;

function field(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Fields joined by commas, quoted where RFC 4180 asks for it, without the line's end. */
export function csvRow(fields: readonly string[]): string {
  return fields.map(field).join(',');
}
