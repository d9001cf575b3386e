import { KnownError } from '#kernel/errors.ts';
import type { ArtifactsApi } from '#roles/artifacts/api.ts';
import type { RegistryApi, ResolvedVersion } from '#roles/registry/api.ts';
import type { DeploymentChange, DeploymentView, ServingApi } from '#roles/serving/api.ts';
import type { RunBatch, TrackingApi } from '#roles/tracking/api.ts';

export interface KeptRun {
  readonly name: string;
  status: string;
  readonly params: Record<string, string>;
  readonly metrics: Record<string, number>;
  readonly tags: Record<string, string>;
  readonly datasets: { name: string; digest: string; context: string }[];
}

/** The roles that training speaks to, in memory: what was asked of them can be looked at. */
export class TrainingPeers {
  readonly runs = new Map<string, KeptRun>();
  /** Files by `uri/path`. */
  readonly files = new Map<string, Uint8Array>();
  readonly versions: (ResolvedVersion & { source: string })[] = [];
  readonly aliases = new Map<string, string>();
  readonly deployments = new Map<string, DeploymentView>();
  readonly changes: DeploymentChange[] = [];
  #ids = 0;

  readonly tracking: TrackingApi = {
    mlflow: unasked,
    ensureExperiment: async (name) => ({ experiment_id: name, artifact_location: `mlflow-artifacts:/${name}` }),
    createRun: async ({ name, tags }) => {
      const run_id = `run${++this.#ids}`;
      this.runs.set(run_id, { name, status: 'RUNNING', params: {}, metrics: {}, tags: { ...tags }, datasets: [] });
      return { run_id, artifact_uri: `mlflow-artifacts:/e/${run_id}/artifacts` };
    },
    logBatch: async (runId, batch: RunBatch) => {
      const run = this.#run(runId);
      Object.assign(run.params, batch.params);
      Object.assign(run.tags, batch.tags);
      for (const { key, value } of batch.metrics ?? []) run.metrics[key] = value;
    },
    logInputs: async (runId, datasets) => void this.#run(runId).datasets.push(...datasets),
    finishRun: async (runId, status) => {
      this.#run(runId).status = status;
    },
    getRun: async () => undefined,
    createLoggedModel: async () => {
      const model_id = `m-${++this.#ids}`;
      return { model_id, artifact_uri: `mlflow-artifacts:/e/models/${model_id}/artifacts` };
    },
    finishLoggedModel: async () => undefined,
    getLoggedModel: async () => undefined,
    getTraces: async () => [],
    spanTexts: async () => [],
    setLoggedModelTags: async () => undefined,
  };

  readonly artifacts: ArtifactsApi = {
    mlflow: unasked,
    put: async (uri, path, body) => {
      const bytes = body instanceof Uint8Array ? body : Buffer.concat(await Array.fromAsync(body));
      this.files.set(`${uri}/${path}`, bytes);
      return bytes.length;
    },
    get: async (uri, path) => [await this.artifacts.read(uri, path, Number.POSITIVE_INFINITY)] as unknown as AsyncIterable<Uint8Array>,
    read: async (uri, path) => this.files.get(`${uri}/${path}`) ?? notFound('ARTIFACT_NOT_FOUND'),
    list: async () => [],
    direct: async () => false,
  };

  readonly registry: RegistryApi = {
    mlflow: unasked,
    ensureModel: async () => undefined,
    createVersion: async ({ name, source, runId }) => {
      const version = String(this.versions.filter((v) => v.name === name).length + 1);
      const download_uri = `mlflow-artifacts:/e/models/${source.replace('models:/', '')}/artifacts`;
      const rest = { created_ms: 0, updated_ms: 0, description: '', stage: 'None', aliases: [], tags: {} };
      this.versions.push({ name, version, run_id: runId ?? null, download_uri, source, ...rest });
      return { version };
    },
    resolve: async (reference) => {
      const [, name, alias] = /^models:\/(.+)@(.+)$/u.exec(reference) ?? [];
      const version = this.aliases.get(`${name}@${alias}`);
      return this.versions.find((v) => v.name === name && v.version === version) ?? notFound('REGISTRY_ALIAS_NOT_FOUND');
    },
    setAlias: async ({ name, alias, version }) => {
      const from = this.aliases.get(`${name}@${alias}`) ?? null;
      this.aliases.set(`${name}@${alias}`, version);
      return { from, to: version };
    },
    aliasHistory: async () => [],
    revision: async () => 0,
    waitForChange: async () => 0,
    listModels: async () => [],
  };

  readonly serving: ServingApi = {
    list: async () => [...this.deployments.values()],
    get: async (name) => this.deployments.get(name),
    put: async (name, change) => {
      this.changes.push(change);
      const loaded = { version: '1', desired_version: '1', run_id: null, state: 'ready' as const, loaded_at: null };
      const variants = change.variants.map(({ role, model, sample }) => ({
        ...{ name: role, role, model, model_name: '', ...loaded },
        ...(sample === undefined ? {} : { sample }),
      }));
      const compat = change.compat === undefined ? {} : { compat: change.compat };
      const view = {
        name,
        ...compat,
        is_default: change.isDefault ?? false,
        variants,
        takes: null,
        schema: null,
        created_at: '',
        updated_at: '',
      };
      this.deployments.set(name, view);
      return view;
    },
    log: undefined as never,
  };

  #run(id: string): KeptRun {
    return this.runs.get(id) ?? notFound('RUN_NOT_FOUND');
  }
}

/** MLflow's own calls are nothing that training makes. */
const unasked = (): Promise<never> => Promise.reject(new Error('not offered here'));

function notFound(code: string): never {
  throw new KnownError({ code, status: 404, message: () => code }, {});
}
