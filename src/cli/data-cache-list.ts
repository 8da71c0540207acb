import { basename } from 'node:path';
import {
  type CacheEntry,
  cacheEntries,
  type EntryContent,
  entryContent,
} from '../data/cache/cache-entries.ts';
import { grouped } from '../report/number-text.ts';
import { cacheDirectory, lookInto } from './cache-option.ts';
import { sizeText } from './cache-text.ts';
import { type CommandCall, isSet } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';

const SYMBOLS_SHOWN_MAX = 8;
const NAME_SHOWN = 12;

function usedText({ usedAtMs }: CacheEntry): string {
  return new Date(usedAtMs).toISOString();
}

function contentText({ kind, symbols, rows }: EntryContent): string {
  const shown = symbols.slice(0, SYMBOLS_SHOWN_MAX).join(' ');
  const more = symbols.length > SYMBOLS_SHOWN_MAX ? ' …' : '';
  return `${kind.padEnd(6)}  ${grouped(String(rows)).padStart(15)} rows  ${shown}${more}`;
}

function line(entry: CacheEntry): string {
  const content = entryContent(entry);
  const name = basename(entry.file).slice(0, NAME_SHOWN);
  const what = content === undefined ? 'cannot be used' : contentText(content);
  return `${usedText(entry)}  ${name}  ${sizeText(entry.bytes).padStart(12)}  ${what}\n`;
}

/** `tiyf data cache list`: entries, the one to be removed first at the top. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const directory = cacheDirectory(call);
  const entries = lookInto(directory, cacheEntries);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (isSet(call, 'json')) {
    const list = entries.map((entry) => ({
      file: entry.file,
      bytes: entry.bytes,
      usedAt: usedText(entry),
      ...entryContent(entry),
    }));
    printOut(`${JSON.stringify({ directory, bytes, entries: list }, undefined, 2)}\n`);
    return ExitCode.done;
  }
  for (const entry of entries) printOut(line(entry));
  printOut(`${directory}: ${entries.length} entries, ${sizeText(bytes)}\n`);
  return ExitCode.done;
}
