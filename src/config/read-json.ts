import { readFileSync } from 'node:fs';
import { IssueList } from './issue.ts';
import { JsonText } from './json-text.ts';

/** `ENOENT` of an error of the file system; any other error goes on. */
export function systemErrorCode(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && 'code' in error) return String(error.code);
  throw error;
}

/** A file's content, or why it cannot be read. */
export function readBytes(
  file: string,
): { readonly bytes: Uint8Array } | { readonly kind: string; readonly message: string } {
  try {
    return { bytes: readFileSync(file) };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return { kind: 'file_missing', message: `no such file: ${file}` };
    return { kind: 'file_unreadable', message: `${file} cannot be read: ${code}` };
  }
}

/** Reads a JSONC file. Throws `ConfigError` when there is none, and for every error of syntax. */
export function readJsonText(file: string, codeRoot: string): JsonText {
  const content = readBytes(file);
  if ('bytes' in content) return new JsonText(file, content.bytes, codeRoot);
  const issues = new IssueList();
  issues.addAt({ file, codeRoot }, { line: 1, column: 1 }, content.kind, content.message);
  throw issues.error();
}
