import { DatabaseThread } from '#adapters/sqlite/thread.ts';

/** Where a start may name another database than SQLite; what is not seen here costs a thread that ends unused. */
const VARIABLES = ['TRAINYARD__DATABASE__URL', 'DATABASE_URL', 'MLFLOW_BACKEND_STORE_URI'] as const;

/**
 * Makes the thread of the database before the program's own code is loaded, on the other core: it is what a start waits for longest.
 * @param argv flags of `trainyard start`
 * @returns undefined where another database is asked for
 */
export function prepareDatabase(argv: readonly string[], env: NodeJS.ProcessEnv): DatabaseThread | undefined {
  const words = [...argv, ...VARIABLES.map((name) => env[name] ?? '')];
  return words.some((word) => /postgres/iu.test(word)) ? undefined : new DatabaseThread('sqlite-writer');
}
