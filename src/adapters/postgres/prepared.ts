import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';

/** Statements that each connection keeps prepared, at most. */
const MAX_PREPARED = 300;
/** A statement that comes again is worth keeping; one whose text is made for its values is not. */
const ENOUGH = 3;

/** A pool whose connections keep the statements prepared that come often: the server then reads and plans them once. */
export function preparing(pool: pg.Pool): PostgresPool {
  const names = new PreparedNames();
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  const wrapped = (client: pg.PoolClient): PostgresPoolClient => {
    const query = (text: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
      const name = names.of(text);
      return name === undefined ? client.query(text, [...values]) : client.query({ name, text, values: [...values] });
    };
    return { query: query as unknown as PostgresPoolClient['query'], release: (destroy) => client.release(destroy) };
  };
  return {
    options: pool.options,
    connect: async () => {
      const client = await pool.connect();
      const wrapper = known.get(client) ?? wrapped(client);
      known.set(client, wrapper);
      return wrapper;
    },
    end: () => pool.end(),
  };
}

class PreparedNames {
  readonly #names = new Map<string, string>();
  #seen = new Map<string, number>();

  /** A name once a text has come several times. */
  of(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MAX_PREPARED || !mayBeKept(text)) return known;
    const times = (this.#seen.get(text) ?? 0) + 1;
    if (this.#seen.size >= MAX_PREPARED) this.#seen = new Map();
    this.#seen.set(text, times);
    if (times < ENOUGH) return undefined;
    const name = `t${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}

/** A kept statement that selects `*` fails for good once a later version adds a column, and those about transactions have nothing to plan. */
function mayBeKept(text: string): boolean {
  return /^(?:select|insert|update|delete|with)\b/iu.test(text) && !/(?:select|\.) ?\*/iu.test(text);
}
