import {
  isCallExpression,
  isExpressionStatement,
  isIdentifier,
  isSourceFile,
  type Node,
} from 'typescript/unstable/ast';
import { isTest, type NodeRule, type Report } from './finding.ts';

const HOOKS = new Set(['before', 'beforeEach', 'after', 'afterEach']);

function visit(_path: string, node: Node, report: Report): void {
  if (!isExpressionStatement(node) || !isSourceFile(node.parent)) return;
  const call = node.expression;
  if (!isCallExpression(call) || !isIdentifier(call.expression)) return;
  if (HOOKS.has(call.expression.text)) {
    report(node, `${call.expression.text} outside a describe runs for every test file`);
  }
}

/** All test files share one process, and with it whatever is hooked at the top. */
export const testHooksRule: NodeRule = { name: 'test-hooks', applies: isTest, visit };
