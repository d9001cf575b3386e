import type { z } from 'zod';
import { MLFLOW_MOUNTS } from '#contract/http/mlflow/mounts.ts';
import { OwnedBytes } from '#http/owned-bytes.ts';
import { Reply, type Route } from '#http/route.ts';
import type { RegistryApi } from '../registry/api.ts';
import type { TrackingApi } from '../tracking/api.ts';
import { fail } from './errors.ts';
import { downloadHeaders, type Files, type Listed } from './files.ts';
import { baseName, safeFilePath } from './paths.ts';

/** What the endpoints of this role work with. */
export interface ArtifactsDeps {
  /** The files of an artifact URI. @throws ARTIFACT_LOCATION_UNREACHABLE */
  readonly at: (uri: string) => Files;
  /** All files that go through this server. */
  readonly root: Files;
  readonly tracking: TrackingApi;
  readonly registry: RegistryApi;
  /** How long signed URLs are valid. */
  readonly signedSeconds: { readonly upload: number; readonly download: number };
}

type Own<I extends z.ZodType> = Omit<Route<ArtifactsDeps, I>, 'style' | 'tag'>;

/** An endpoint that speaks MLflow's errors, where its path says. */
export function artifactsRoute<I extends z.ZodType>(route: Own<I>): Route<ArtifactsDeps, I> {
  return { ...route, style: 'mlflow', tag: 'artifacts' };
}

/** An endpoint under all of MLflow's mounts. */
export function mountedRoute<I extends z.ZodType>(route: Own<I>): Route<ArtifactsDeps, I> {
  return artifactsRoute({ ...route, mounts: MLFLOW_MOUNTS });
}

/** The answer to a download. @throws ARTIFACT_NOT_FOUND, ARTIFACT_PATH_INVALID */
export async function download(files: Files, path: string): Promise<Reply> {
  const safe = safeFilePath(path);
  const found = await files.open(safe);
  if (!found) throw fail.notFound({ path: safe });
  return new Reply(200, new OwnedBytes(found.bytes ?? found.body), downloadHeaders(baseName(safe), found.size));
}

/** A listing as MLflow writes it: folders have no size. */
export function listingToWire(files: readonly Listed[]): { files?: unknown[] } {
  if (files.length === 0) return {};
  return { files: files.map(({ path, is_dir, file_size }) => (is_dir ? { path, is_dir } : { path, is_dir, file_size })) };
}

/** Where a run keeps its artifacts. */
export async function runUri({ tracking }: ArtifactsDeps, runId: string): Promise<string> {
  const run = await tracking.getRun(runId);
  if (!run) throw fail.notFound({ path: `run ${runId}` });
  return run.artifact_uri;
}

/** Where a logged model keeps its artifacts. */
export async function modelUri({ tracking }: ArtifactsDeps, modelId: string): Promise<string> {
  const model = await tracking.getLoggedModel(modelId);
  if (!model) throw fail.notFound({ path: `logged model ${modelId}` });
  return model.artifact_uri;
}
