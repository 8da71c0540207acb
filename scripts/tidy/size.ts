import {
  isArrowFunction,
  isCallExpression,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isGetAccessorDeclaration,
  isMethodDeclaration,
  isSetAccessorDeclaration,
  isSourceFile,
  type Node,
} from 'typescript/unstable/ast';
import { type Finding, isTest, type NodeRule, type Report, type Unit } from './finding.ts';

export const FILE_LINES_MAX = 450;
export const FUNCTION_LINES_MAX = 80;
export const COLUMNS_MAX = 100;
/** Titles of tests are sentences, which the formatter does not break. */
export const TEST_COLUMNS_MAX = 115;

const FUNCTION_GUARDS = [
  isArrowFunction,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isGetAccessorDeclaration,
  isMethodDeclaration,
  isSetAccessorDeclaration,
];

/** Lines of a text; a line break at its end starts no further line. */
function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** The body of a `describe` holds many tests and is as long as they are. */
function isTestBody(path: string, node: Node): boolean {
  return isTest(path) && isCallExpression(node.parent);
}

function visit(path: string, node: Node, report: Report): void {
  if (isSourceFile(node)) {
    const lines = countLines(node.text);
    if (lines > FILE_LINES_MAX)
      report(node, `${lines} lines; a file has at most ${FILE_LINES_MAX}`);
    return;
  }
  if (!FUNCTION_GUARDS.some((guard) => guard(node)) || isTestBody(path, node)) return;
  const lines = countLines(node.getText());
  if (lines > FUNCTION_LINES_MAX) {
    report(node, `${lines} lines; a function has at most ${FUNCTION_LINES_MAX}`);
  }
}

/** Long files and functions. */
export const sizeRule: NodeRule = { name: 'size', applies: () => true, visit };

/** An address cannot be broken, so it may run over. */
function columnsOf(line: string): number {
  return [...line.replace(/https?:\/\/\S+/g, '')].length;
}

/** Lines that the formatter leaves long: comments and strings. */
export function findLongLines({ path, text }: Unit): Finding[] {
  const most = isTest(path) ? TEST_COLUMNS_MAX : COLUMNS_MAX;
  return text.split('\n').flatMap((line, index) => {
    const columns = line.length > most ? columnsOf(line) : 0;
    if (columns <= most) return [];
    const message = `${columns} columns; a line has at most ${most}`;
    return [{ rule: 'columns', path, line: index + 1, message }];
  });
}
