import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** What a database may reach. */
export interface DuckDbReach {
  /** Paths that may be opened; everything else is refused, the network too. */
  readonly paths: readonly string[];
  /** Directories in which anything may be opened. */
  readonly directories: readonly string[];
}

/** Enough for the largest row groups that are usual; more than that is an error, not swapping. */
const MEMORY_LIMIT = '512MB';

/** Text as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A path as DuckDB must be given it to mean that very file: `*`, `?` and `[` would be patterns. A
 * backslash has no other way than to match any one character; only the file itself may be opened.
 */
export function literalPath(path: string): string {
  return path.replace(/[*?[\\]/g, (char) => (char === '\\' ? '?' : `[${char}]`));
}

/** A connection to a database of its own. */
export class DuckDb implements Disposable {
  readonly #instance: DuckDBInstance;
  readonly connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.connection = connection;
  }

  /**
   * Opens one that reaches nothing but what is said, and cannot be told otherwise by any query: no
   * extension, no network, no other file.
   */
  static async open(database: string, reach: DuckDbReach): Promise<DuckDb> {
    const { DuckDBInstance: Instance } = await import('@duckdb/node-api');
    const instance = await Instance.create(database, {
      memory_limit: MEMORY_LIMIT,
      threads: '1',
      temp_directory: '',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      // Rows come in the order of the file.
      preserve_insertion_order: 'true',
    });
    try {
      const connection = await instance.connect();
      const list = (texts: readonly string[]): string => `[${texts.map(sqlText).join(', ')}]`;
      await connection.run(`SET allowed_paths = ${list(reach.paths)}`);
      await connection.run(`SET allowed_directories = ${list(reach.directories)}`);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      return new DuckDb(instance, connection);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}
