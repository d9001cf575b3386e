/**
 * Calls of MLflow's API that roles make of each other, with their methods: the path is `/api/2.0/mlflow/<name>`, or the call inside of the program
 * where both roles run in one process. Input and answer have the wire's form either way.
 */
export const TRACKING_CALLS = {
  'experiments/get': 'GET',
  'experiments/search-datasets': 'POST',
  'metrics/get-history-bulk-interval': 'GET',
  'runs/get': 'GET',
  'runs/search': 'POST',
} as const;
export type TrackingCall = keyof typeof TRACKING_CALLS;

export const REGISTRY_CALLS = { 'model-versions/search': 'GET' } as const;
export type RegistryCall = keyof typeof REGISTRY_CALLS;

export const ARTIFACT_CALLS = { 'artifacts/list': 'GET' } as const;
export type ArtifactCall = keyof typeof ARTIFACT_CALLS;

/** Asks an endpoint for its answer. Rejects with the endpoint's own refusal. */
export type MlflowCaller<C extends string> = (call: C, input: Readonly<Record<string, unknown>>) => Promise<unknown>;
