import type { TrainRequest } from '#contract/http/platform/training.ts';
import { randomHex } from '#kernel/ids.ts';
import type { ArtifactsApi } from '../../artifacts/api.ts';
import type { TrackingApi } from '../../tracking/api.ts';
import type { Trained, TrainedModel } from '../fit/messages.ts';
import { comparisonCsv } from './comparison.ts';
import { columnSpecs, modelFolder } from './model-folder.ts';

export interface RecordDeps {
  readonly tracking: TrackingApi;
  readonly artifacts: ArtifactsApi;
  readonly now: () => number;
}

/** Where a training came from. */
export interface Origin {
  readonly request: TrainRequest;
  readonly jobId: string;
  readonly experiment: string;
  readonly data: { readonly name: string; readonly sha256: string; readonly rows: number };
  readonly startedMs: number;
}

export interface RecordedRun {
  readonly runId: string;
  readonly modelId: string;
}

export interface Recorded {
  readonly experimentId: string;
  /** One per model, in the same order. */
  readonly runs: readonly RecordedRun[];
}

/** Logs one MLflow run with a logged model per learner. A run that cannot be completed is left as FAILED. */
export async function recordRuns(deps: RecordDeps, trained: Trained, origin: Origin): Promise<Recorded> {
  const { experiment_id } = await deps.tracking.ensureExperiment(origin.experiment);
  const runs: RecordedRun[] = [];
  for (const model of trained.models) runs.push(await recordRun(deps, { trained, model, origin, experimentId: experiment_id }));
  return { experimentId: experiment_id, runs };
}

interface OneRun {
  readonly trained: Trained;
  readonly model: TrainedModel;
  readonly origin: Origin;
  readonly experimentId: string;
}

async function recordRun(deps: RecordDeps, one: OneRun): Promise<RecordedRun> {
  const { tracking, now } = deps;
  const { origin, model, experimentId } = one;
  const tags = runTags(one);
  const { run_id, artifact_uri } = await tracking.createRun({
    experimentId,
    name: runName(model, now()),
    startMs: origin.startedMs,
    user: 'trainyard',
    tags,
  });
  try {
    const timestampMs = now();
    const metrics = Object.entries(model.metrics).map(([key, value]) => ({ key, value, timestampMs }));
    await tracking.logBatch(run_id, { params: runParams(one), metrics });
    await tracking.logInputs(run_id, [datasetOf(one)]);
    for (const [path, text] of Object.entries(runFiles(one))) await deps.artifacts.put(artifact_uri, path, Buffer.from(text));
    const modelId = await recordModel(deps, one, run_id);
    await tracking.finishRun(run_id, 'FINISHED', now());
    return { runId: run_id, modelId };
  } catch (error) {
    await tracking.finishRun(run_id, 'FAILED', now()).catch(() => undefined);
    throw error;
  }
}

async function recordModel(
  { tracking, artifacts, now }: RecordDeps,
  { model, trained, experimentId }: OneRun,
  runId: string,
): Promise<string> {
  const { model_id, artifact_uri } = await tracking.createLoggedModel({ experimentId, runId, name: 'model', modelType: model.learner });
  try {
    const identity = {
      modelId: model_id,
      runId,
      uuid: randomHex(32),
      createdMs: now(),
      wholeFields: trained.wholeFields,
      exampleRows: exampleRows(trained),
    };
    for (const [path, content] of Object.entries(modelFolder(model, trained.schema, identity))) {
      await artifacts.put(artifact_uri, path, typeof content === 'string' ? Buffer.from(content) : content);
    }
  } catch (error) {
    await tracking.finishLoggedModel(model_id, false).catch(() => undefined);
    throw error;
  }
  await tracking.finishLoggedModel(model_id, true);
  return model_id;
}

const EXAMPLE_ROWS = 3;

/** Held-out rows without their target, which stands last. */
function exampleRows({ heldBack }: Trained): unknown[][] {
  const { data } = JSON.parse(heldBack) as { data: unknown[][] };
  return data.slice(0, EXAMPLE_ROWS).map((row) => row.slice(0, -1));
}

/** `forest_20260131_120000`, as system 002 names its runs. */
function runName({ learner }: TrainedModel, nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().slice(0, 19).split('T');
  return `${learner}_${date.replaceAll('-', '')}_${time.replaceAll(':', '')}`;
}

function runTags({ trained, model, origin }: OneRun): Record<string, string> {
  const best = trained.models[trained.best] === model;
  return {
    'mlflow.source.name': 'trainyard train',
    'mlflow.source.type': 'JOB',
    'trainyard.data.name': origin.data.name,
    'trainyard.data.sha256': origin.data.sha256,
    'trainyard.split.seed': String(trained.seed),
    'trainyard.best': String(best),
    'trainyard.job_id': origin.jobId,
    ...(origin.request.description === undefined ? {} : { 'mlflow.note.content': origin.request.description }),
    ...(trained.warnings.length === 0 ? {} : { 'trainyard.warnings': trained.warnings.join('\n').slice(0, 4000) }),
  };
}

function runParams({ trained, model, origin }: OneRun): Record<string, string> {
  const { rows, seed, folds, schema } = trained;
  const own = Object.fromEntries(Object.entries(model.params).map(([name, value]) => [name, String(value)]));
  return {
    ...own,
    model_type: model.learner,
    task: schema.task,
    target: schema.target,
    training_samples: String(rows.train),
    validation_samples: String(rows.validation),
    test_samples: String(rows.test),
    folds: String(folds),
    random_state: String(seed),
    ...(origin.request.max_z === undefined ? {} : { max_z: String(origin.request.max_z), outliers_removed: String(rows.outliers) }),
  };
}

/** MLflow allows 36 characters for a digest; the whole hash is a tag of the run. */
const DIGEST_LENGTH = 32;

function datasetOf({ trained, origin }: OneRun) {
  const { schema } = trained;
  const target = {
    type: schema.task === 'regression' ? 'double' : typeof schema.classes?.[0] === 'number' ? 'long' : 'string',
    name: schema.target,
    required: true,
  };
  return {
    name: origin.data.name,
    digest: origin.data.sha256.slice(0, DIGEST_LENGTH),
    sourceType: 'local',
    source: JSON.stringify({ uri: origin.data.name, sha256: origin.data.sha256 }),
    schema: JSON.stringify({ mlflow_colspec: [...columnSpecs(schema, trained.wholeFields), target] }),
    profile: JSON.stringify({ num_rows: origin.data.rows, num_elements: origin.data.rows * (schema.fields.length + 1) }),
    context: 'training',
  };
}

function runFiles({ trained, model }: OneRun): Record<string, string> {
  const best = trained.models[trained.best] === model;
  const compared = trained.models.length > 1 && best ? { 'model_comparison.csv': comparisonCsv(trained) } : {};
  return { ...model.files, ...compared, 'held_back_rows.json': trained.heldBack };
}
