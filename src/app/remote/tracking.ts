import { TRACKING_CALLS } from '#contract/http/mlflow/graphql/calls.ts';
import { catalogue, type ErrorSpec, KnownError } from '#kernel/errors.ts';
import type { NewRun, RunSummary, TrackingApi } from '#roles/tracking/api.ts';
import { traceSummary, type WireTrace } from '#roles/tracking/otlp/trace-summary.ts';
import type { PeerClient } from './client.ts';
import { remoteMlflowCaller } from './mlflow-caller.ts';

const { fail } = catalogue({
  readOnly: {
    code: 'PEER_RUNS_READ_ONLY',
    status: 501,
    message: () => 'Metrics and logged models of another process can be read, not written, from here.',
  } satisfies ErrorSpec<Record<string, never>>,
});

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** A run as MLflow's REST API gives it; empty lists may be absent. */
interface WireRun {
  readonly info: Omit<RunSummary, 'params' | 'metrics' | 'tags' | 'datasets' | 'end_time'> & { readonly end_time?: number };
  readonly data?: {
    readonly params?: readonly Pair[];
    readonly tags?: readonly Pair[];
    readonly metrics?: readonly { readonly key: string; readonly value: number }[];
  };
  readonly inputs?: {
    readonly dataset_inputs?: readonly {
      readonly dataset: { readonly name: string; readonly digest: string };
      readonly tags?: readonly Pair[];
    }[];
  };
}

const MLFLOW = '/api/2.0/mlflow';

/** The experiment of that name in another process, made where it is missing. */
async function experimentOf(client: PeerClient, name: string): Promise<{ experiment_id: string; artifact_location: string }> {
  const find = async () => {
    const query = { experiment_name: name };
    return (await client.json<{ experiment: WireExperiment }>('GET', `${MLFLOW}/experiments/get-by-name`, { query })).experiment;
  };
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof KnownError) || error.spec.status !== 404) throw error;
    // Whoever makes it at the same moment makes the same.
    await client.json('POST', `${MLFLOW}/experiments/create`, { body: { name } }).catch(() => undefined);
    return find();
  }
}

interface WireExperiment {
  readonly experiment_id: string;
  readonly artifact_location: string;
}

async function createRun(
  client: PeerClient,
  { experimentId, name, startMs, user, tags = {} }: NewRun,
): Promise<{ run_id: string; artifact_uri: string }> {
  const pairs = Object.entries(tags).map(([key, value]) => ({ key, value }));
  const body = {
    experiment_id: experimentId,
    run_name: name,
    start_time: startMs,
    tags: pairs,
    ...(user === undefined ? {} : { user_id: user }),
  };
  const { run } = await client.json<{ run: WireRun }>('POST', `${MLFLOW}/runs/create`, { body });
  return { run_id: run.info.run_id, artifact_uri: run.info.artifact_uri };
}

/** The runs of another process: they can be read, begun and ended. */
export function remoteTracking(client: PeerClient): TrackingApi {
  const refuse = (): Promise<never> => Promise.reject(fail.readOnly({}));
  return {
    mlflow: remoteMlflowCaller(client, TRACKING_CALLS),
    getRun: async (runId) => {
      try {
        const { run } = await client.json<{ run: WireRun }>('GET', '/api/2.0/mlflow/runs/get', { query: { run_id: runId } });
        return summaryOf(run);
      } catch (error) {
        if (error instanceof KnownError && error.spec.status === 404) return undefined;
        throw error;
      }
    },
    ensureExperiment: (name) => experimentOf(client, name),
    createRun: (run) => createRun(client, run),
    logBatch: refuse,
    logInputs: refuse,
    finishRun: async (run_id, status, end_time) => {
      await client.json('POST', `${MLFLOW}/runs/update`, { body: { run_id, status, end_time } });
    },
    createLoggedModel: refuse,
    finishLoggedModel: refuse,
    getLoggedModel: refuse,
    getTraces: async (ids) => {
      const path = '/api/3.0/mlflow/traces/batchGetInfos';
      const { trace_infos = [] } = await client.json<{ trace_infos?: WireTrace[] }>('POST', path, { body: { trace_ids: ids } });
      return trace_infos.map(traceSummary);
    },
    spanTexts: async (traceId) => {
      const path = `/api/v1/tracking/traces/${encodeURIComponent(traceId)}/spans`;
      return (await client.json<{ items: string[] }>('GET', path)).items;
    },
    setLoggedModelTags: refuse,
  };
}

function summaryOf({ info, data = {}, inputs = {} }: WireRun): RunSummary {
  const record = <V>(pairs: readonly { readonly key: string; readonly value: V }[] = []): Record<string, V> =>
    Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
  const datasets = (inputs.dataset_inputs ?? []).map(({ dataset, tags = [] }) => ({
    name: dataset.name,
    digest: dataset.digest,
    context: tags.find(({ key }) => key === 'mlflow.data.context')?.value ?? '',
  }));
  const { run_id, run_name, experiment_id, status, start_time, artifact_uri } = info;
  const own = { run_id, run_name, experiment_id, status, start_time, end_time: info.end_time ?? null, artifact_uri };
  return { ...own, params: record(data.params), metrics: record(data.metrics), tags: record(data.tags), datasets };
}
