import { afterAll, beforeAll, describe } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { type FreshDatabase, freshDatabase } from '#test/harness/postgres.ts';
import { type Product, startProduct } from '#test/harness/product.ts';

export interface Answer {
  readonly status: number;
  // The wire is what is tested here: its shape is asserted, not assumed.
  readonly body: Record<string, unknown> & { readonly error_code?: string; readonly message?: string };
  readonly headers: Headers;
}

/** Speaks REST to a running server; `path` is below `/api/2.0/mlflow/` unless it begins with a slash. */
export class MlflowServer {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.raw(method, path, { headers, ...(body === undefined ? {} : { body: text }) });
  }
  get(path: string, query: Readonly<Record<string, string | readonly string[]>> = {}): Promise<Answer> {
    const pairs = Object.entries(query).flatMap(([key, value]) => [value].flat().map((each): [string, string] => [key, each as string]));
    return this.call('GET', pairs.length > 0 ? `${path}?${new URLSearchParams(pairs)}` : path);
  }
  post(path: string, body: unknown): Promise<Answer> {
    return this.call('POST', path, body);
  }
  /** Posts what must succeed. */
  async ok<T>(path: string, body: unknown): Promise<T> {
    const answer = await this.post(path, body);
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  }

  async raw(method: string, path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${this.url}${path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`}`, { ...init, method });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: json ? JSON.parse(text) : { text }, headers: response.headers };
  }

  async experiment(name: string): Promise<string> {
    return (await this.ok<{ experiment_id: string }>('experiments/create', { name })).experiment_id;
  }
  async run(experiment_id: string, rest: object = {}): Promise<string> {
    const { run } = await this.ok<{ run: { info: { run_id: string } } }>('runs/create', { experiment_id, ...rest });
    return run.info.run_id;
  }
}

/** The same suite against a server on the embedded database and one on Postgres. `server` is usable inside tests. */
export function onBothDatabases(title: string, suite: (server: () => MlflowServer) => void): void {
  const withServer = (env: () => Promise<Record<string, string>>): void => {
    let product: Product;
    beforeAll(async () => {
      product = await startProduct({ args: ['--target', 'tracking,registry,artifacts,graphql'], env: await env() });
    });
    afterAll(() => product[Symbol.asyncDispose]());
    suite(() => new MlflowServer(product.url));
  };
  describe(`${title}, embedded`, () => withServer(async () => ({})));
  describeWith('postgres', `${title}, on Postgres`, () => {
    let database: FreshDatabase;
    afterAll(() => database[Symbol.asyncDispose]());
    withServer(async () => {
      database = await freshDatabase();
      return { DATABASE_URL: database.url };
    });
  });
}
