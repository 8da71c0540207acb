import { createVirtualFileSystem, type FileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';
import type { SourceTree, Unit } from './finding.ts';

/** Only the syntax is wanted: no library, no resolution, nothing outside the given files. */
const PARSE_ONLY = { noLib: true, noResolve: true, types: [], target: 'esnext', module: 'esnext' };

/**
 * Parses TypeScript with the compiler's own parser, which runs as a process beside this one and
 * sees the files through a file system in memory. Hold one parser for many trees.
 */
export class Parser implements Disposable {
  readonly #files: FileSystem = createVirtualFileSystem({});
  readonly #api = new API({ cwd: '/', fs: this.#files });
  #trees = 0;

  /** The `.ts` files of a tree, parsed; other files are passed over. */
  parse(tree: SourceTree): Unit[] {
    const root = `/tree-${this.#trees}`;
    this.#trees += 1;
    const sources = [...tree].filter(([path]) => path.endsWith('.ts'));
    for (const [path, text] of sources) this.#files.writeFile?.(`${root}/${path}`, text);
    const files = sources.map(([path]) => `${root}/${path}`);
    const config = `${root}/tsconfig.json`;
    this.#files.writeFile?.(config, JSON.stringify({ compilerOptions: PARSE_ONLY, files }));
    using snapshot = this.#api.updateSnapshot({ openProjects: [config] });
    const program = snapshot.getProject(config)?.program;
    const units = sources.map(([path, text]) => {
      const source = program?.getSourceFile(`${root}/${path}`);
      if (source === undefined) throw new Error(`the compiler did not parse ${path}`);
      return { path, text, source };
    });
    return units;
  }

  [Symbol.dispose](): void {
    this.#api.close();
  }
}
