import type { Node } from 'typescript/unstable/ast';
import { findDeadFiles } from './dead-files.ts';
import type { Finding, NodeRule, SourceTree, Unit } from './finding.ts';
import { languageRule, numberTypesOf, shapeRule } from './language.ts';
import { moneyRule } from './money.ts';
import { findBadNames } from './names.ts';
import type { Parser } from './parse.ts';
import { purityRule } from './purity.ts';
import { roomsRule } from './rooms.ts';
import { findLongLines, sizeRule } from './size.ts';
import { testHooksRule } from './test-hooks.ts';
import { findWorkplaceWords } from './workplace.ts';

const NODE_RULES: readonly NodeRule[] = [
  roomsRule,
  purityRule,
  languageRule,
  sizeRule,
  moneyRule,
  testHooksRule,
];

/** Where TypeScript is checked; the dashboard has rules of its own. */
const CHECKED = /^(src|bench|examples|scripts)\/.*\.ts$/;

/** One walk over a file for all rules about nodes. */
function findInNodes({ path, source }: Unit, allRules: readonly NodeRule[]): Finding[] {
  const findings: Finding[] = [];
  const rules = allRules.filter((rule) => rule.applies(path));
  const walk = (node: Node): undefined => {
    for (const rule of rules) {
      rule.visit(path, node, (at, message) => {
        const { line } = source.getLineAndCharacterOfPosition(at.getStart(source));
        findings.push({ rule: rule.name, path, line: line + 1, message });
      });
    }
    node.forEachChild(walk);
  };
  walk(source);
  return findings;
}

function byPlace(a: Finding, b: Finding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.line - b.line;
}

/** Everything that is untidy in a tree, file by file. */
export function findUntidy(tree: SourceTree, parser: Parser): Finding[] {
  const units = parser.parse(new Map([...tree].filter(([path]) => CHECKED.test(path))));
  const rules = [...NODE_RULES, shapeRule(numberTypesOf(units))];
  return [
    ...units.flatMap((unit) => findInNodes(unit, rules)),
    ...units.flatMap(findLongLines),
    ...units.flatMap(findBadNames),
    ...findDeadFiles(units),
    ...findWorkplaceWords(tree),
  ].sort(byPlace);
}
