import type { Finding, Unit } from './finding.ts';

const WORDS = '[a-z0-9]+(-[a-z0-9]+)*';
const FOLDERS_AND_FILE = new RegExp(`^(${WORDS}/)*${WORDS}(\\.test)?\\.ts$`);

/** File and folder names are kebab-case. */
export function findBadNames({ path }: Unit): Finding[] {
  if (FOLDERS_AND_FILE.test(path)) return [];
  return [{ rule: 'names', path, line: 1, message: 'names of files and folders are kebab-case' }];
}
