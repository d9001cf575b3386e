import { randomHex } from '#kernel/ids.ts';
import type { LoggedModelSummary, RunBatch, RunDataset, RunSummary, TrackingApi } from './api.ts';
import type { LoggedModel, Pair, Run } from './entities.ts';
import { traceSummary } from './otlp/trace-summary.ts';
import type { TrackingDeps } from './route.ts';
import { traceToWire } from './trace-wire.ts';

const ABSENT: ReadonlySet<string> = new Set(['TRACKING_RUN_NOT_FOUND', 'TRACKING_LOGGED_MODEL_NOT_FOUND']);

/** What other roles call, over the same store as the endpoints. */
export function trackingApi({ store, artifactRoot, clock }: TrackingDeps, mlflow: TrackingApi['mlflow']): TrackingApi {
  return {
    mlflow,
    ensureExperiment: (name) =>
      store.ensureExperiment({ name, artifactLocation: undefined, root: artifactRoot, tags: [], now: clock.now() }),
    createRun: async ({ experimentId, name, startMs, user, tags }) => {
      const all = [...pairs(tags ?? {}), { key: 'mlflow.runName', value: name }, ...(user ? [{ key: 'mlflow.user', value: user }] : [])];
      const fresh = { run_id: randomHex(32), experiment_id: experimentId, name, user_id: user ?? '', start_time: startMs };
      return store.createRun({ ...fresh, tags: all });
    },
    logBatch: (runId, batch) => logInParts(store, runId, batch),
    logInputs: (runId, datasets) => store.logInputs(runId, { datasets: datasets.map(inputOf), models: [] }),
    finishRun: async (runId, status, endMs) => {
      await store.updateRun(runId, { status, end_time: endMs });
    },
    getRun: (runId) => store.getRun(runId).then(summaryOf, absent),
    createLoggedModel: async ({ experimentId, runId, name, modelType }) => {
      const now = clock.now();
      const fresh = {
        model_id: `m-${randomHex(32)}`,
        experiment_id: experimentId,
        name,
        model_type: modelType ?? '',
        source_run_id: runId,
      };
      const model = await store.createLoggedModel({ ...fresh, params: [], tags: [], now });
      await store.logOutputs(runId, [{ model_id: model.model_id, step: 0 }]);
      return { model_id: model.model_id, artifact_uri: model.artifact_uri };
    },
    finishLoggedModel: async (modelId, ok) => {
      await store.finishLoggedModel(modelId, { status: ok ? 'LOGGED_MODEL_READY' : 'LOGGED_MODEL_UPLOAD_FAILED', now: clock.now() });
    },
    getLoggedModel: (modelId) => store.getLoggedModel(modelId, false).then(loggedModelOf, absent),
    getTraces: async (traceIds) => (await store.getTraces(traceIds)).map((trace) => traceSummary(traceToWire(trace))),
    spanTexts: (traceId) => store.spanContents(traceId),
    setLoggedModelTags: async (modelId, tags) => {
      await store.setLoggedModelTags(modelId, pairs(tags));
    },
  };
}

function pairs(record: Readonly<Record<string, string>>): Pair[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

function loggedModelOf({ model_id, artifact_uri, source_run_id, name, tags }: LoggedModel): LoggedModelSummary {
  return { model_id, artifact_uri, source_run_id, name, tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) };
}

function absent(error: unknown): undefined {
  const { name } = error as Error;
  if (ABSENT.has(name)) return undefined;
  throw error;
}

async function logInParts(store: TrackingDeps['store'], runId: string, { params, metrics, tags }: RunBatch): Promise<void> {
  const points = (metrics ?? []).map(({ key, value, step, timestampMs }) => ({ key, value, step: step ?? 0, timestamp: timestampMs }));
  await store.logBatch(runId, { params: pairs(params ?? {}), metrics: points, tags: pairs(tags ?? {}) });
}

function inputOf({ context, sourceType, schema, profile, ...dataset }: RunDataset) {
  const tags = [{ key: 'mlflow.data.context', value: context }];
  return { ...dataset, source_type: sourceType, schema: schema ?? null, profile: profile ?? null, tags };
}

function summaryOf({ info, params, metrics, tags, datasets }: Run): RunSummary {
  const record = (list: readonly Pair[]) => Object.fromEntries(list.map(({ key, value }) => [key, value]));
  return {
    ...info,
    params: record(params),
    tags: record(tags),
    metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, value])),
    datasets: datasets.map(({ name, digest, tags: own }) => ({
      name,
      digest,
      context: own.find(({ key }) => key === 'mlflow.data.context')?.value ?? '',
    })),
  };
}
