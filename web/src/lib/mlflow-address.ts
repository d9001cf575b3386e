/** Addresses of MLflow's pages, as its clients print them (MLflow 3.17, `mlflow/tracking/client.py`), and ours of the same thing; `/`-separated parts match. */
const PLACES: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [/^\/experiments\/[^/]+\/runs\/([^/]+)\/artifacts\/?(.*)$/u, (run, path) => `/runs/${run}?tab=artifacts${path ? `&path=${path}` : ''}`],
  [/^\/experiments\/[^/]+\/runs\/([^/]+)\/(?:model|system)-metrics/u, (run) => `/runs/${run}?tab=charts`],
  [/^\/experiments\/[^/]+\/runs\/([^/]+)/u, (run) => `/runs/${run}`],
  [/^\/experiments\/[^/]+\/models\/([^/]+)/u, (model) => `/logged-models/${model}`],
  [/^\/experiments\/([^/]+)\/models/u, (id) => `/experiments/${id}/models`],
  [/^\/experiments\/([^/]+)/u, (id) => `/experiments/${id}`],
  [/^\/experiments\/?$/u, () => '/experiments'],
  [/^\/models\/([^/]+)\/versions\/([^/]+)/u, (name, version) => `/models/${name}/${version}`],
  [/^\/models\/([^/]+)/u, (name) => `/models/${name}`],
  [/^\/models\/?$/u, () => '/models'],
  [/^\/?$/u, () => '/experiments'],
];

/**
 * Our address of what an address of MLflow's pages leads to: those keep the place behind a `#`.
 *
 * @param hash as `location.hash` has it, escapes and all
 * @returns undefined for a `#` that means something else
 */
export function ownAddress(hash: string): string | undefined {
  const [, path, query = ''] = /^#(\/[^?]*)\??(.*)$/u.exec(hash) ?? [];
  if (path === undefined) return undefined;
  if (/^\/compare-runs\/?$/u.test(path)) return `/compare?runs=${encodeURIComponent(new URLSearchParams(query).get('runs') ?? '[]')}`;
  for (const [pattern, address] of PLACES) {
    const found = pattern.exec(path);
    if (found) return address(...found.slice(1));
  }
  return undefined;
}
