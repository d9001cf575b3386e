import type { MlflowCaller } from '#contract/http/mlflow/graphql/calls.ts';
import { randomHex } from '#kernel/ids.ts';
import { type BoundRoute, type Method, Reply, type RequestContext } from '../route.ts';
import { mlflowInputError } from './input.ts';

/** Endpoints of MLflow's API for callers inside of the program: the same checks, refusals and answers as over HTTP. */
export function mlflowCaller<C extends string>(routes: readonly BoundRoute[], calls: Readonly<Record<C, Method>>): MlflowCaller<C> {
  const byCall = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  return async (call, input) => {
    const route = byCall.get(`${calls[call]} /mlflow/${call}`);
    if (!route) throw new Error(`no endpoint answers ${calls[call]} ${call}`);
    const parsed = route.input.safeParse(input, { reportInput: true });
    if (!parsed.success) throw mlflowInputError(parsed.error.issues, input);
    return plain(await route.run(parsed.data, inside(route)));
  };
}

/** An answer is held as text and as objects, which take several times as much, until the whole question is answered. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** A request that came from no connection: whoever calls has checked the caller's rights. */
function inside({ method, path }: BoundRoute): RequestContext {
  const principal = { id: 'inside', roles: [] };
  const nothing = (async function* (): AsyncGenerator<Uint8Array> {})();
  const { signal } = new AbortController();
  return { requestId: randomHex(16), principal, signal, headers: {}, url: path, method, stream: nothing, mostCharacters: MOST_CHARACTERS };
}

/** The answer as a value: those that endpoints write as text, or piece by piece, are read. */
async function plain(answer: unknown): Promise<unknown> {
  if (!(answer instanceof Reply)) return answer;
  const { body } = answer;
  if (typeof body === 'string') return JSON.parse(body);
  return JSON.parse(Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>)).toString());
}
