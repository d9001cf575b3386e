import type { GateDecision, TrainingJob, TrainRequest } from '#contract/http/platform/training.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Inference } from '#ports/inference.ts';
import type { Tables } from '#ports/tables.ts';
import type { ArtifactsApi } from '../artifacts/api.ts';
import type { RegistryApi, ResolvedVersion } from '../registry/api.ts';
import type { ServingApi } from '../serving/api.ts';
import type { TrackingApi } from '../tracking/api.ts';
import { type DataSources, readSource } from './data/sources.ts';
import { fail } from './errors.ts';
import type { Trained, TrainedModel } from './fit/messages.ts';
import { runTask } from './fit/run-task.ts';
import { decide } from './gate.ts';
import { holderFigures, servedFigures } from './holder.ts';
import type { JobProgress } from './jobs.ts';
import { type Recorded, recordRuns } from './record/record-runs.ts';
import { checkRequest } from './request.ts';

export interface TrainingDeps {
  readonly tables: Tables;
  readonly inference: Inference;
  readonly tracking: TrackingApi;
  readonly registry: RegistryApi;
  readonly artifacts: ArtifactsApi;
  readonly serving: ServingApi;
  readonly sources: DataSources;
  readonly memoryMb: number;
  readonly workFolder?: string;
  readonly now: () => number;
}

/** Share of the progress that fitting takes; the rest is recording and deploying. */
const FITTING = 0.95;

/** One training from the file to the deployment: read, fit, record, register, compare, promote, deploy. */
export async function trainAndDeploy(
  deps: TrainingDeps,
  request: TrainRequest,
  progress: JobProgress,
): Promise<NonNullable<TrainingJob['result']>> {
  checkRequest(request);
  const startedMs = deps.now();
  const source = await deps.sources.find(request.data);
  progress.tell(0, `reading ${source.name}`);
  const file = await readSource(deps.tables, source);
  const { isAwaited = false } = progress;
  const trained = await runTask({ kind: 'train', request, source: `${source.name}, training rows`, isAwaited }, file, {
    memoryMb: deps.memoryMb,
    ...(deps.workFolder === undefined ? {} : { workFolder: deps.workFolder }),
    signal: progress.signal,
    onProgress: (share, step) => progress.tell(share * FITTING, step),
  });
  progress.warn(trained.warnings);
  progress.tell(FITTING, 'recording runs');
  const data = { name: source.name, sha256: file.sha256, rows: file.rows };
  const origin = {
    request,
    jobId: progress.jobId,
    experiment: request.experiment ?? request.deploy ?? request.register ?? 'training',
    data,
    startedMs,
  };
  const recorded = await recordRuns(deps, trained, origin);
  const outcome = await release(deps, { request, trained, recorded, progress });
  const best = trained.models[Math.max(0, trained.best)] as TrainedModel;
  return {
    experiment_id: recorded.experimentId,
    run_id: runOf(recorded, trained.best).runId,
    ...outcome,
    learner: best.learner,
    metrics: finite(best.metrics),
    candidates: trained.models.map((model, i) => ({
      learner: model.learner,
      run_id: runOf(recorded, i).runId,
      metrics: finite(model.metrics),
      seconds: model.seconds,
    })),
  };
}

interface Release {
  readonly request: TrainRequest;
  readonly trained: Trained;
  readonly recorded: Recorded;
  readonly progress: JobProgress;
}

type Outcome = Pick<NonNullable<TrainingJob['result']>, 'model' | 'version' | 'deployment' | 'promoted' | 'decision' | 'gate'>;

async function release(deps: TrainingDeps, { request, trained, recorded, progress }: Release): Promise<Outcome> {
  const name = request.register ?? request.deploy;
  const nothing = { model: null, version: null, deployment: null, promoted: false, gate: null };
  if (trained.best < 0) return { ...nothing, decision: 'No learner has finite figures, so nothing was registered.' };
  if (name === undefined) return { ...nothing, decision: 'Not registered: no name was given.' };
  progress.tell(0.96, `registering ${name}`);
  const { runId, modelId } = runOf(recorded, trained.best);
  await deps.registry.ensureModel(name);
  const { version } = await deps.registry.createVersion({ name, source: `models:/${modelId}`, runId, modelId });
  const alias = request.alias ?? (request.deploy === undefined ? undefined : request.role === 'shadow' ? 'shadow' : 'production');
  if (alias === undefined)
    return { ...nothing, model: name, version, decision: `Registered as version ${version}; no alias was asked for.` };
  progress.tell(0.97, `comparing with the version behind @${alias}`);
  const gate = await judge(deps, { request, trained, name, alias });
  if (gate.promoted) await deps.registry.setAlias({ name, alias, version, by: 'training', reason: gate.reason });
  await deps.tracking.logBatch(runId, { tags: gateTags(gate, alias) });
  const base = { model: name, version, promoted: gate.promoted, decision: gate.reason, gate };
  if (request.deploy === undefined) return { ...base, deployment: null };
  progress.tell(0.98, `deploying ${request.deploy}`);
  await deploy(deps.serving, request, { name: request.deploy, model: `models:/${name}@${alias}`, reason: gate.reason });
  return { ...base, deployment: request.deploy };
}

interface Judged {
  readonly request: TrainRequest;
  readonly trained: Trained;
  readonly name: string;
  readonly alias: string;
}

/** Figures may differ by this share between the learner and its exported form, which computes in 32 bits. */
const EXPORT_TOLERANCE = 0.01;

/** The candidate is judged as it would be served; an exported model that says other things than its learner must never go live. */
async function candidateFigures(inference: Inference, { models, best, schema, test }: Trained): Promise<Readonly<Record<string, number>>> {
  const model = models[best] as TrainedModel;
  const served = { onnx: model.onnx, names: schema.fields.map(({ name }) => name), classes: (schema.classes ?? []).map(String) };
  const figures = await servedFigures(inference, served, test);
  const metric = schema.task === 'regression' ? 'rmse' : 'accuracy';
  const [fitted = Number.NaN, exported = Number.NaN] = [model.testFigures[metric], figures[metric]];
  if (Math.abs(fitted - exported) <= EXPORT_TOLERANCE * Math.max(Math.abs(fitted), 1e-6)) return figures;
  throw fail.exportDiffers({ learner: model.learner, metric, fitted, exported });
}

/** The gate for a primary; a shadow is there to be tried, so it passes. */
async function judge(deps: TrainingDeps, { request, trained, name, alias }: Judged): Promise<GateDecision> {
  const { test, schema } = trained;
  const candidate = await candidateFigures(deps.inference, trained);
  const task = schema.task === 'regression' ? 'regression' : 'classification';
  const common = { task, rows: test.rows, candidate, ...(request.gate === undefined ? {} : { options: request.gate }) } as const;
  const holder = await resolved(deps.registry, `models:/${name}@${alias}`);
  const free = decide({ ...common, holder: null });
  if (holder === undefined) return free;
  const mode = request.promotion ?? (request.role === 'shadow' ? 'always' : 'gate');
  if (mode === 'never')
    return { ...free, promoted: false, reason: 'Not promoted: the request asked for none.', holder_version: holder.version };
  if (mode === 'always')
    return free.promoted
      ? {
          ...free,
          reason: `Promoted without comparison, as asked; version ${holder.version} held the alias.`,
          holder_version: holder.version,
        }
      : free;
  const answer = await holderFigures(deps, holder.download_uri, test);
  if ('reason' in answer) {
    const reason = `Not promoted: version ${holder.version} could not be asked about the test rows (${answer.reason}); promote by hand.`;
    return { ...free, promoted: false, reason, holder_version: holder.version };
  }
  return decide({ ...common, holder: { version: holder.version, figures: answer.figures } });
}

/** The version that a reference names now, if any. */
export async function resolved(registry: RegistryApi, reference: string): Promise<ResolvedVersion | undefined> {
  try {
    return await registry.resolve(reference);
  } catch (error) {
    // MLflow answers 400 for an alias that is not there, so the code tells and not the status.
    if (error instanceof KnownError && error.spec.code.endsWith('_NOT_FOUND')) return undefined;
    throw error;
  }
}

function gateTags(gate: GateDecision, alias: string): Record<string, string> {
  const figures = Object.entries(gate).flatMap(([key, value]) => (value === null ? [] : [[`trainyard.gate.${key}`, String(value)]]));
  return { ...Object.fromEntries(figures), 'trainyard.gate.alias': alias };
}

interface Placing {
  readonly name: string;
  readonly model: string;
  readonly reason: string;
}

/** Puts the reference into its part of the deployment and leaves the other parts as they are. */
export async function deploy(serving: ServingApi, request: TrainRequest, { name, model, reason }: Placing): Promise<void> {
  const role = request.role ?? 'primary';
  const before = await serving.get(name);
  if (role === 'shadow' && !before)
    throw fail.requestRefused({ detail: `A shadow needs a deployment to stand beside: there is no deployment '${name}'.` });
  const others = (before?.variants ?? []).filter((variant) => variant.role !== role);
  const own = before?.variants.find((variant) => variant.role === role);
  const variants = [...others.map((v) => ({ role: v.role, model: v.model, sample: v.sample })), { role, model, sample: own?.sample }];
  const placed = before?.variants.some((variant) => variant.role === role && variant.model === model) ?? false;
  const isDefault = request.default_deployment;
  // What is placed already follows its alias; asking again would only restart it.
  if (placed && (isDefault === undefined || before?.is_default === isDefault)) return;
  const kept = before?.compat === undefined ? {} : { compat: before.compat };
  const view = await serving.put(name, { variants, by: 'training', reason, ...kept, ...(isDefault === undefined ? {} : { isDefault }) });
  const failed = view.variants.find((variant) => variant.role === role && variant.state === 'failed');
  if (failed) throw fail.deployFailed({ deployment: name, reason: failed.error ?? 'no reason was given' });
}

function runOf({ runs }: Recorded, index: number): Recorded['runs'][number] {
  return runs[Math.max(0, index)] as Recorded['runs'][number];
}

function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}
