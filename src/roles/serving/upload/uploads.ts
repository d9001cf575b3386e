import type { InspectionAnswer, UploadAnswer, UploadQuery } from '#contract/http/platform/uploads.ts';
import type { Clock } from '#kernel/clock.ts';
import { KnownError } from '#kernel/errors.ts';
import type { ArtifactsApi } from '../../artifacts/api.ts';
import type { RegistryApi } from '../../registry/api.ts';
import type { TrackingApi } from '../../tracking/api.ts';
import type { DeploymentChange, DeploymentView } from '../api.ts';
import { fail } from '../errors.ts';
import type { LoadDeps } from '../model/load.ts';
import { checkChange } from '../runtime/change.ts';
import type { Deployment } from '../runtime/deployment.ts';
import type { Deployments } from '../runtime/deployments.ts';
import { promote } from '../runtime/promotion.ts';
import { parseReference } from '../runtime/variant.ts';
import { type Inspected, inspect, type UploadedFile } from './inspect.ts';

export interface UploadDeps {
  readonly loading: LoadDeps;
  readonly deployments: Deployments;
  readonly registry: RegistryApi;
  readonly artifacts: ArtifactsApi;
  readonly tracking: () => Promise<TrackingApi | undefined>;
  readonly clock: Clock;
}

/** What is asked for beside the file. */
export type UploadRequest = Omit<UploadQuery, 'file'> & { readonly by: string };

/** What became of a file. */
export type Uploaded = Omit<UploadAnswer, 'deployment'> & { readonly deployment: DeploymentView | null };

/** The experiment whose runs keep files that came by upload. */
const EXPERIMENT = 'uploaded-models';
/** The alias that the primary of a new deployment follows. */
const NEW_ALIAS = 'production';

/** ONNX files on their way into a deployment: looked at, registered, deployed. */
export class Uploads {
  readonly #deps: UploadDeps;
  /** A file is loaded and run one after the other: each may take much memory for a moment. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(deps: UploadDeps) {
    this.#deps = deps;
  }

  /** What a file holds, beside what a deployment of that name answers with now. @throws UPLOAD_REFUSED, DEPLOYMENT_INVALID */
  async inspect(name: string, file: UploadedFile): Promise<InspectionAnswer> {
    const { answer } = await this.#inspect(name, file);
    return { ...answer, model_name: this.#modelName(name) };
  }

  /**
   * Makes the file a version of the deployment's model and deploys it as asked; a deployment that does not exist is made.
   * @throws UPLOAD_REFUSED, UPLOAD_CHANGES_INTERFACE before anything is kept, UPLOAD_NOT_DEPLOYED with the version that was made
   */
  async deploy(request: UploadRequest, file: UploadedFile): Promise<Uploaded> {
    const { name, as } = request;
    const inspected = await this.#inspect(name, file);
    const model_name = this.#modelName(name);
    const breaking = inspected.answer.changes.filter(({ level }) => level === 'breaks');
    if (as !== 'version' && breaking.length > 0 && !request.accept_changes)
      throw fail.uploadChanges({ deployment: name, changes: breaking.map(({ message }) => message) });
    // Where nothing is deployed there is nothing to shadow.
    const became = as === 'shadow' && !this.#deps.deployments.find(name) ? 'primary' : as;
    const { version, runId } = await this.#register(model_name, { request, file, inspected });
    try {
      const deployed = as === 'version' ? this.#deps.deployments.find(name) : await this.#deploy(request, { model_name, version });
      const inspection = { ...inspected.answer, model_name };
      return { model_name, version, run_id: runId, as: became, inspection, deployment: deployed?.view() ?? null };
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      throw fail.uploadNotDeployed({ model: model_name, version, reason: error.message }, error);
    }
  }

  async #inspect(name: string, file: UploadedFile): Promise<Inspected> {
    checkChange(name, { variants: [{ role: 'primary', model: `models:/upload/1` }] });
    const { deployments, loading } = this.#deps;
    const look = () => inspect(loading, file, deployments.find(name)?.primary.live);
    const looked = this.#work.then(look, look);
    this.#work = looked.catch(() => {});
    return looked;
  }

  /** The model of the deployment's primary; a new deployment has a model of its own name. */
  #modelName(name: string): string {
    const reference = this.#deps.deployments.find(name)?.primary.reference;
    return (reference === undefined ? undefined : parseReference(reference)?.name) ?? name;
  }

  async #register(
    name: string,
    { request, file, inspected }: { request: UploadRequest; file: UploadedFile; inspected: Inspected },
  ): Promise<{ version: string; runId: string }> {
    const { artifacts, registry, clock } = this.#deps;
    const tracking = await this.#deps.tracking();
    if (!tracking) throw fail.uploadElsewhere({});
    const { experiment_id: experimentId } = await tracking.ensureExperiment(EXPERIMENT);
    const tags = {
      'mlflow.source.name': `upload to deployment ${request.name}`,
      'trainyard.file.sha256': inspected.answer.sha256,
      ...(request.reason === undefined ? {} : { 'mlflow.note.content': request.reason }),
    };
    const run = await tracking.createRun({ experimentId, name: file.name, startMs: clock.now(), user: request.by, tags });
    const finish = (status: 'FINISHED' | 'FAILED') => tracking.finishRun(run.run_id, status, clock.now());
    try {
      const folder = `${run.artifact_uri}/model`;
      for (const [path, bytes] of inspected.files) await artifacts.put(folder, path, bytes);
      await finish('FINISHED');
    } catch (error) {
      await finish('FAILED').catch(() => undefined);
      throw error;
    }
    await registry.ensureModel(name);
    const source = `runs:/${run.run_id}/model`;
    const { version } = await registry.createVersion({
      name,
      source,
      runId: run.run_id,
      description: request.reason ?? `Uploaded as ${file.name}`,
    });
    return { version, runId: run.run_id };
  }

  async #deploy(request: UploadRequest, made: Made): Promise<Deployment> {
    const { deployments, registry } = this.#deps;
    const { name, by } = request;
    const reason = request.reason ?? `uploaded as version ${made.version}`;
    const found = deployments.find(name);
    if (!found) {
      const model = await this.#newReference(made, { by, reason });
      return deployments.put(name, { variants: [{ role: 'primary', model }], by, reason });
    }
    const follows = parseReference(found.primary.reference)?.alias !== undefined;
    if (request.as === 'primary' && follows) {
      await promote(deployments, registry, { name, version: made.version, by, reason });
      return deployments.get(name);
    }
    return deployments.put(name, { ...kept(found), variants: variantsWith(found, request, pinnedTo(made)), by, reason });
  }

  /** The alias, if it is free. One that names a version already may be what others follow, and a new deployment moves nobody else. */
  async #newReference({ model_name: name, version }: Made, { by, reason }: Record<'by' | 'reason', string>): Promise<string> {
    const { registry } = this.#deps;
    const taken = (await registry.listModels()).find((model) => model.name === name)?.aliases[NEW_ALIAS];
    if (taken !== undefined) return pinnedTo({ model_name: name, version });
    await registry.setAlias({ name, alias: NEW_ALIAS, version, by, reason });
    return `models:/${encodeURIComponent(name)}@${NEW_ALIAS}`;
  }
}

interface Made {
  readonly model_name: string;
  readonly version: string;
}

function pinnedTo({ model_name, version }: Made): string {
  return `models:/${encodeURIComponent(model_name)}/${version}`;
}

/** What a change of the variants must not change. */
function kept({ stored }: Deployment): Pick<DeploymentChange, 'isDefault' | 'compat'> {
  return { isDefault: stored.isDefault, compat: stored.compat };
}

/** A shadow is added; a primary that names a version gives way to the new one. */
function variantsWith(found: Deployment, { as, sample }: UploadRequest, model: string): DeploymentChange['variants'] {
  const before = found.stored.variants;
  if (as === 'primary') return before.map((variant) => (variant.role === 'primary' ? { ...variant, model } : variant));
  return [...before, { role: 'shadow', model, sample: sample ?? 1 }];
}
