import { join } from 'node:path';
import { TextFile } from '../results/text-file.ts';
import { readResults } from './read-results.ts';
import { reportPage } from './report-page.ts';

/** Writes `report.html` into a directory that holds the other files of a run. */
export function writeReport(directory: string): void {
  using file = new TextFile(join(directory, 'report.html'));
  file.write(reportPage(readResults(directory)));
  file.finish();
}
