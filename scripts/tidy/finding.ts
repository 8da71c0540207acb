import type { Node, SourceFile } from 'typescript/unstable/ast';

/** Source text by path, relative to the root of the repository, with forward slashes. */
export type SourceTree = ReadonlyMap<string, string>;

/** One breach of a rule, at a line counted from 1. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** A parsed TypeScript file. */
export interface Unit {
  readonly path: string;
  readonly text: string;
  readonly source: SourceFile;
}

export type Report = (node: Node, message: string) => void;

/** A rule about single nodes. All rules share one walk over a file. */
export interface NodeRule {
  readonly name: string;
  applies(path: string): boolean;
  /** Called for every node of the file, the file itself first. */
  visit(path: string, node: Node, report: Report): void;
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** The room of a file in src (`kernel` of `src/kernel/x.ts`); `undefined` outside src. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

export function formatFinding({ rule, path, line, message }: Finding): string {
  return `${path}:${line}: ${message} (${rule})`;
}
