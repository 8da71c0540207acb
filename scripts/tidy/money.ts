import {
  isBinaryExpression,
  isCallExpression,
  isNoSubstitutionTemplateLiteral,
  isNumericLiteral,
  isPrefixUnaryExpression,
  isStringLiteral,
  isTemplateExpression,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { isTest, type NodeRule, type Report } from './finding.ts';
import { accessedMember, variableName } from './nodes.ts';

const MONEY_CODE = [
  /^src\/kernel\/account\//,
  /^src\/model\/(arithmetic|decimal|money|instrument)\.ts$/,
  /^src\/venues\/sim\/(account|commission|financing)[^/]*\.ts$/,
  /^src\/slippage\//,
];

/** The one place that divides, and says how it rounds. */
const DIVIDES = 'src/model/arithmetic.ts';

const ROUNDING_TEXT = new Set(['toFixed', 'toPrecision', 'toExponential']);

function isText(node: Node | undefined): boolean {
  if (node === undefined) return false;
  return (
    isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) || isTemplateExpression(node)
  );
}

function checkDivision(path: string, node: Node, report: Report): void {
  if (path === DIVIDES || !isBinaryExpression(node)) return;
  const operator = node.operatorToken.kind;
  if (operator === SyntaxKind.SlashToken || operator === SyntaxKind.SlashEqualsToken) {
    report(node, `no / in money code: divide with ${DIVIDES}, which says how it rounds`);
  }
}

function checkText(node: Node, report: Report): void {
  const member = accessedMember(node);
  if (member === 'parseFloat' || variableName(node) === 'parseFloat') {
    report(node, 'no parseFloat in money code: parse a decimal');
  }
  if (member !== undefined && ROUNDING_TEXT.has(member)) {
    report(node, `no ${member} in money code: format a decimal`);
  }
  if (isCallExpression(node) && variableName(node.expression) === 'Number') {
    if (isText(node.arguments[0]))
      report(node, 'no Number of a text in money code: parse a decimal');
  }
  if (isPrefixUnaryExpression(node) && node.operator === SyntaxKind.PlusToken) {
    report(node, 'no unary + in money code: it turns text into a float');
  }
}

function visit(path: string, node: Node, report: Report): void {
  checkDivision(path, node, report);
  checkText(node, report);
  if (isNumericLiteral(node) && !Number.isInteger(Number(node.text))) {
    report(node, 'no fraction in money code: count in a smaller unit');
  }
}

/** Money is counted in integers: nothing there rounds but where it says so. */
export const moneyRule: NodeRule = {
  name: 'money',
  applies: (path) => !isTest(path) && MONEY_CODE.some((pattern) => pattern.test(path)),
  visit,
};
