import {
  isExportAssignment,
  isExportDeclaration,
  isExportSpecifier,
  isIdentifier,
  isImportDeclaration,
  isIntersectionTypeNode,
  isModuleDeclaration,
  isParameterDeclaration,
  isPropertyDeclaration,
  isSourceFile,
  isTypeAliasDeclaration,
  isTypeReferenceNode,
  isVariableDeclaration,
  ModifierFlags,
  type Node,
  type PropertyDeclaration,
  SyntaxKind,
} from 'typescript/unstable/ast';
import type { NodeRule, Report, Unit } from './finding.ts';

/** The one file that exists to re-export: what a strategy's author imports. */
const PUBLISHED_INTERFACE = 'src/kernel/strategy/api.ts';

const BANNED_KINDS: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.EnumDeclaration, 'no enum: a const object with a union type survives stripping'],
  [SyntaxKind.AnyKeyword, 'no any: use unknown and narrow it'],
  [SyntaxKind.NonNullExpression, 'no !: narrow the value or assert that it is present'],
  [SyntaxKind.DefaultKeyword, 'no default export: a thing has one name everywhere'],
]);

const PARAMETER_PROPERTY =
  ModifierFlags.Public |
  ModifierFlags.Private |
  ModifierFlags.Protected |
  ModifierFlags.Readonly |
  ModifierFlags.Override;

function isDefaultExport(node: Node): boolean {
  if (isExportSpecifier(node)) return node.name.text === 'default';
  return isExportAssignment(node);
}

/** `x!: T` promises the compiler a value, as `x!` does. */
function isDefiniteAssignment(node: Node): boolean {
  if (isVariableDeclaration(node)) return node.exclamationToken !== undefined;
  return isPropertyDeclaration(node) && node.postfixToken?.kind === SyntaxKind.ExclamationToken;
}

function isParameterProperty(node: Node): boolean {
  return isParameterDeclaration(node) && (node.modifierFlags & PARAMETER_PROPERTY) !== 0;
}

function visitLanguage(_path: string, node: Node, report: Report): void {
  const banned = BANNED_KINDS.get(node.kind);
  // `default:` of a switch is a clause of its own kind, so the keyword is always an export's.
  if (banned !== undefined) report(node, banned);
  if (isDefaultExport(node)) report(node, 'no default export: a thing has one name everywhere');
  if (isModuleDeclaration(node) && isIdentifier(node.name) && node.name.text !== 'global') {
    report(node, 'no namespace: a module is the unit');
  }
  if (isParameterProperty(node))
    report(node, 'no parameter property: it does not survive stripping');
  if (isDefiniteAssignment(node)) report(node, 'no definite assignment (!): give it a value');
}

/** Syntax that is banned everywhere. */
export const languageRule: NodeRule = {
  name: 'language',
  applies: () => true,
  visit: visitLanguage,
};

/** Names of types that are numbers: `type Price = number & …`, and aliases of `number`. */
export function numberTypesOf(units: readonly Unit[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { source } of units) {
    for (const statement of source.statements) {
      if (!isTypeAliasDeclaration(statement)) continue;
      const { type } = statement;
      const parts = isIntersectionTypeNode(type) ? [...type.types] : [type];
      if (parts.some((part) => part.kind === SyntaxKind.NumberKeyword)) {
        names.add(statement.name.text);
      }
    }
  }
  return names;
}

/** Without a type the value may be anything. Optional and nullable fields mean to hold nothing. */
function holdsNumber(node: PropertyDeclaration, numberTypes: ReadonlySet<string>): boolean {
  const { type, postfixToken } = node;
  if (postfixToken?.kind === SyntaxKind.QuestionToken) return false;
  if (type === undefined || type.kind === SyntaxKind.NumberKeyword) return true;
  return isTypeReferenceNode(type) && numberTypes.has(type.typeName.getText());
}

/**
 * A bare field is `undefined` before it is a number, so the engine keeps a tagged slot and boxes
 * every fraction and every large integer: ten times slower than an initialised or a declared one.
 * Fields that hold objects cost the same in every form.
 */
function isBareNumberField(node: Node, numberTypes: ReadonlySet<string>): boolean {
  if (!isPropertyDeclaration(node) || node.initializer !== undefined) return false;
  if ((node.modifierFlags & (ModifierFlags.Ambient | ModifierFlags.Abstract)) !== 0) return false;
  return holdsNumber(node, numberTypes);
}

/** `declare class` describes a class that is elsewhere. */
function isInAmbientClass({ parent }: Node): boolean {
  return 'modifierFlags' in parent && (Number(parent.modifierFlags) & ModifierFlags.Ambient) !== 0;
}

function isBarrel(node: Node): boolean {
  if (!isSourceFile(node)) return false;
  const { statements } = node;
  const onlyPasses = statements.every(
    (one) => isImportDeclaration(one) || isExportDeclaration(one),
  );
  return onlyPasses && statements.some((one) => isExportDeclaration(one));
}

function visitShape(path: string, node: Node, report: Report, numberTypes: ReadonlySet<string>) {
  if (isBareNumberField(node, numberTypes) && !isInAmbientClass(node)) {
    report(node, 'a bare number field is slow under type stripping: initialise or `declare` it');
  }
  if (isBarrel(node) && path !== PUBLISHED_INTERFACE) {
    report(node, 'no barrel file: import from where a thing lives');
  }
}

/** Forms that are banned in src; it must know which types are numbers. */
export function shapeRule(numberTypes: ReadonlySet<string>): NodeRule {
  return {
    name: 'shape',
    applies: (path) => path.startsWith('src/'),
    visit: (path, node, report) => visitShape(path, node, report, numberTypes),
  };
}
