import type { Finding, SourceTree } from './finding.ts';

/** Put together here, so that this file does not find itself. */
const WORDS = [['/wo', 'rk/'].join(''), ['.lib', 'rary'].join(''), ['fa', 'rm-'].join('')];

/** The repository names no path and no tool of the machine that it was written on. */
export function findWorkplaceWords(tree: SourceTree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    for (const word of WORDS.filter((one) => text.includes(one))) {
      text.split('\n').forEach((line, index) => {
        if (!line.includes(word)) return;
        const message = `names something of the author's machine: ${word}`;
        findings.push({ rule: 'workplace', path, line: index + 1, message });
      });
    }
  }
  return findings;
}
