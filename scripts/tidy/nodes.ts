import {
  isBindingElement,
  isExportSpecifier,
  isIdentifier,
  isImportSpecifier,
  isPropertyAccessExpression,
  isQualifiedName,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';

/** Kinds whose `name` names a member of some object, not a variable in scope. */
const MEMBER_KINDS = new Set<SyntaxKind>([
  SyntaxKind.PropertyAccessExpression,
  SyntaxKind.PropertyAssignment,
  SyntaxKind.PropertyDeclaration,
  SyntaxKind.PropertySignature,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.MethodSignature,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
  SyntaxKind.NamedTupleMember,
]);

function isMemberName(node: Node): boolean {
  const { parent } = node;
  if (isQualifiedName(parent)) return parent.right === node;
  if (isBindingElement(parent) || isImportSpecifier(parent) || isExportSpecifier(parent)) {
    return parent.propertyName === node;
  }
  return MEMBER_KINDS.has(parent.kind) && 'name' in parent && parent.name === node;
}

/**
 * The name of a variable or type that a node mentions or declares; `undefined` for members such as
 * the `now` of `clock.now`. Scopes are not resolved: a local that borrows a banned global's name
 * is taken for it, and should have another name.
 */
export function variableName(node: Node): string | undefined {
  return isIdentifier(node) && !isMemberName(node) ? node.text : undefined;
}

/** The `b` of `a.b`, where the node is that access. */
export function accessedMember(node: Node): string | undefined {
  return isPropertyAccessExpression(node) ? node.name.text : undefined;
}
