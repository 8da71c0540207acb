import { isSourceFile, type Node } from 'typescript/unstable/ast';
import { isTest, type NodeRule, type Report, roomOf } from './finding.ts';
import { importedSpecifier, resolveRelative } from './imports.ts';

/** Rooms of src from the top to the bottom; a room imports only from rooms below it. */
export const ROOMS: readonly string[] = [
  'cli',
  'proofs',
  'simulation',
  'host',
  'analysis',
  'backtest',
  'config',
  'runtime',
  'reconcile',
  'report',
  'venues',
  'data',
  'journal',
  'kernel',
  'slippage',
  'market',
  'model',
];

/** Rooms without input and output: they see no package and no module of Node. */
export const PURE_ROOMS: readonly string[] = ['kernel', 'slippage', 'market', 'model'];

const TESTING = 'testing';
const STRATEGY_API = 'tiyf-engine/strategy';
/** What an example may import besides: the library that parameter schemas are made with. */
const SCHEMA_LIBRARY = 'zod';

function level(room: string): number {
  return ROOMS.indexOf(room);
}

/** What is wrong with an import within the repository, or `undefined`. */
function localProblem(from: string, to: string): string | undefined {
  if (isTest(to)) return `${to} is a test; shared helpers live in src/testing`;
  if (isTest(from)) return undefined;
  const fromRoom = roomOf(from);
  const toRoom = roomOf(to);
  if (fromRoom === TESTING) return undefined;
  if (toRoom === TESTING && !from.startsWith('bench/')) {
    return 'only tests and benchmarks import from src/testing';
  }
  if (fromRoom === undefined) return undefined;
  if (toRoom === undefined) return `src imports nothing outside src: ${to}`;
  if (level(toRoom) >= level(fromRoom)) return undefined;
  return `${fromRoom} must not import from ${toRoom}, which is above it`;
}

function packageProblem(from: string, specifier: string): string | undefined {
  const room = roomOf(from);
  if (room === undefined || isTest(from)) return undefined;
  if (specifier.startsWith('tiyf-engine')) return 'src imports itself by relative paths';
  if (PURE_ROOMS.includes(room)) return `${room} is pure and imports no ${specifier}`;
  return undefined;
}

/** An example is what a user would write: it sees the published interface alone. */
function exampleProblem(from: string, specifier: string, to: string | undefined) {
  const published = specifier === STRATEGY_API || specifier === SCHEMA_LIBRARY;
  if (isTest(from) || published || to?.startsWith('examples/')) return undefined;
  return `an example imports ${STRATEGY_API} and ${SCHEMA_LIBRARY} only`;
}

function problemOf(from: string, specifier: string): string | undefined {
  const to = resolveRelative(from, specifier);
  if (to !== undefined && !/\.(ts|json|mjs)$/.test(to)) {
    return `a relative import names the file with its ending: ${specifier}`;
  }
  if (from.startsWith('examples/')) return exampleProblem(from, specifier, to);
  return to === undefined ? packageProblem(from, specifier) : localProblem(from, to);
}

function visit(path: string, node: Node, report: Report): void {
  if (isSourceFile(node) && path.startsWith('src/')) {
    const room = roomOf(path);
    if (room === undefined) report(node, 'a file of src lives in a room');
    else if (room !== TESTING && level(room) < 0) report(node, `src/${room} is not a room`);
  }
  const specifier = importedSpecifier(node);
  const problem = specifier === undefined ? undefined : problemOf(path, specifier);
  if (problem !== undefined) report(node, problem);
}

/** Who may import whom. */
export const roomsRule: NodeRule = { name: 'rooms', applies: () => true, visit };
