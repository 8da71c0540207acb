import { posix } from 'node:path';
import {
  type CallExpression,
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isStringLiteral,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';

/**
 * The literal specifier by which a node names another module: imports and re-exports with and
 * without `type`, `import('…')` as a value and as a type. `undefined` for any other node.
 */
export function importedSpecifier(node: Node): string | undefined {
  const specifier = specifierNode(node);
  return specifier !== undefined && isStringLiteral(specifier) ? specifier.text : undefined;
}

function specifierNode(node: Node): Node | undefined {
  if (isImportDeclaration(node) || isExportDeclaration(node)) return node.moduleSpecifier;
  if (isImportTypeNode(node)) {
    return isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  }
  if (isDynamicImport(node)) return node.arguments[0];
  return undefined;
}

/** `import(…)` used as a value. */
export function isDynamicImport(node: Node): node is CallExpression {
  return isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword;
}

/** The path that a relative specifier means; `undefined` for packages and `node:` modules. */
export function resolveRelative(fromPath: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(fromPath), specifier);
}
