import type { MlflowCaller } from '#contract/http/mlflow/graphql/calls.ts';
import type { PeerClient } from './client.ts';

/** Calls of MLflow's API that another process answers. */
export function remoteMlflowCaller<C extends string>(client: PeerClient, calls: Readonly<Record<C, 'GET' | 'POST'>>): MlflowCaller<C> {
  return (call, input) => {
    const path = `/api/2.0/mlflow/${call}`;
    return calls[call] === 'POST' ? client.json('POST', path, { body: input }) : client.json('GET', path, { query: queryOf(input) });
  };
}

function queryOf(input: Readonly<Record<string, unknown>>): Record<string, string | readonly string[]> {
  const given = Object.entries(input).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given.map(([key, value]) => [key, Array.isArray(value) ? value.map(String) : String(value)]));
}
