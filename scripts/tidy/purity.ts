import {
  isBinaryExpression,
  isCallExpression,
  isElementAccessExpression,
  isNumericLiteral,
  isPropertyAccessExpression,
  isStringLiteral,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { isTest, type NodeRule, type Report, roomOf } from './finding.ts';
import { isDynamicImport } from './imports.ts';
import { accessedMember, variableName } from './nodes.ts';
import { PURE_ROOMS } from './rooms.ts';

/** Globals that read a clock, the system or the order of events, by what they would break. */
const BANNED_GLOBALS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'time is an input': ['Date', 'Temporal', 'performance'],
    'the kernel has no timers': [
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'AbortSignal',
    ],
    'the pure rooms are synchronous': ['Promise', 'Worker', 'MessageChannel', 'BroadcastChannel'],
    'the pure rooms do no input or output': [
      'fetch',
      'WebSocket',
      'EventSource',
      'process',
      'console',
      'Buffer',
    ],
    'results differ between machines': ['Intl', 'crypto', 'navigator'],
    'it reaches every other global': ['globalThis', 'eval'],
    'its result is not specified': ['structuredClone', 'WeakRef', 'FinalizationRegistry'],
    'memory is not shared': ['SharedArrayBuffer', 'Atomics'],
  }).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);

/** Correctly rounded or exact in every engine; the rest of Math differs in the last bits. */
const EXACT_MATH = new Set([
  'abs',
  'floor',
  'ceil',
  'trunc',
  'round',
  'min',
  'max',
  'sign',
  'sqrt',
  'imul',
  'clz32',
]);

const KEY_ORDER_MEMBERS = new Set([
  'Object.keys',
  'Object.values',
  'Object.entries',
  'Object.fromEntries',
  'Object.getOwnPropertyNames',
  'Reflect.ownKeys',
]);

const SORTS = new Set(['sort', 'toSorted']);

function checkVariable(name: string, node: Node, report: Report): void {
  const reason = BANNED_GLOBALS.get(name);
  if (reason !== undefined) report(node, `no ${name} in a pure room: ${reason}`);
  if (name !== 'Math' && name !== 'Object' && name !== 'Reflect') return;
  const { parent } = node;
  if (!isPropertyAccessExpression(parent)) {
    report(node, `${name} is used through its members by name, so that they can be checked`);
    return;
  }
  const member = parent.name.text;
  if (name === 'Math' && !EXACT_MATH.has(member)) {
    report(node, `no Math.${member} in a pure room: it differs between engines`);
  } else if (KEY_ORDER_MEMBERS.has(`${name}.${member}`)) {
    report(node, `no ${name}.${member} on data: iterate over an array or a saved order`);
  }
}

function checkMember(member: string, node: Node, report: Report): void {
  if (member === 'localeCompare' || member.startsWith('toLocale')) {
    report(node, `no ${member} in a pure room: it depends on the locale`);
  }
}

function isFractional(node: Node): boolean {
  return isNumericLiteral(node) && !Number.isInteger(Number(node.text));
}

function checkSyntax(node: Node, report: Report): void {
  if (node.kind === SyntaxKind.ForInStatement) report(node, 'no for…in: the order of keys');
  if (node.kind === SyntaxKind.AsyncKeyword || node.kind === SyntaxKind.AwaitExpression) {
    report(node, 'no async or await: the pure rooms are synchronous');
  }
  if (isDynamicImport(node)) report(node, 'no import(): the pure rooms are synchronous');
  if (isCallExpression(node) && node.arguments.length === 0) {
    const member = accessedMember(node.expression) ?? '';
    if (SORTS.has(member)) report(node, `.${member}() needs a total comparator`);
  }
  if (isBinaryExpression(node) && isFractional(node.right)) {
    const operator = node.operatorToken.kind;
    const isPower =
      operator === SyntaxKind.AsteriskAsteriskToken ||
      operator === SyntaxKind.AsteriskAsteriskEqualsToken;
    if (isPower) report(node, 'no fractional exponent: it differs between engines');
  }
}

function visit(_path: string, node: Node, report: Report): void {
  const name = variableName(node);
  if (name !== undefined) checkVariable(name, node, report);
  const member = accessedMember(node);
  if (member !== undefined) checkMember(member, node, report);
  if (isElementAccessExpression(node) && isStringLiteral(node.argumentExpression)) {
    checkMember(node.argumentExpression.text, node, report);
  }
  checkSyntax(node, report);
}

/** What would make two runs of the kernel differ. */
export const purityRule: NodeRule = {
  name: 'purity',
  applies: (path) => !isTest(path) && PURE_ROOMS.includes(roomOf(path) ?? ''),
  visit,
};
