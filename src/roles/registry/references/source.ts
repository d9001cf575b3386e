import { posix } from 'node:path';
import type { TrackingApi } from '../../tracking/api.ts';
import { fail } from '../errors.ts';

export interface Source {
  readonly source: string;
  readonly runId: string;
  readonly modelId: string;
}

export interface ResolvedSource {
  readonly storageLocation: string;
  readonly runId: string;
}

const RELATIVE =
  'If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.';
const LOCAL =
  'To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.';

/** What sources are resolved with. */
export interface Resolver {
  readonly tracking: TrackingApi;
  readonly strict: boolean;
  /** The storage location of another version. */
  readonly versionLocation: (reference: string) => Promise<{ readonly location: string; readonly runId: string }>;
}

/** Where the files of a new version are, and the run that made them. @throws REGISTRY_SOURCE_INVALID */
export async function resolveSource(
  { source, runId, modelId }: Source,
  { tracking, strict, versionLocation }: Resolver,
): Promise<ResolvedSource> {
  const refuse = (why: string) => fail.sourceInvalid({ source, why });
  if (/^models:\/+m-[0-9a-f]+$/u.test(source)) {
    const id = source.replace(/^models:\/+/u, '');
    if (strict && modelId !== id) throw refuse('The model_id request parameter must identify the resource that contains the source.');
    const model = await tracking.getLoggedModel(id);
    if (!model)
      throw refuse(
        `Unable to fetch model from model URI source artifact location '${source}'. Error: Logged model with ID '${id}' not found.`,
      );
    return { storageLocation: model.artifact_uri, runId: runId || model.source_run_id };
  }
  if (source.startsWith('models:/')) {
    const { location, runId: ofVersion } = await versionLocation(source);
    return { storageLocation: location, runId: runId || ofVersion };
  }
  const local = isLocal(source);
  if (!local) checkPlain(source, refuse(RELATIVE));
  else if (/^file:\/\/(?!localhost|127\.0\.0\.1|\/|\.)/iu.test(source)) throw refuse(`${source} is not a valid remote uri.`);
  const model = modelId ? await tracking.getLoggedModel(modelId) : undefined;
  const run = runId ? await tracking.getRun(runId) : undefined;
  const roots = [model?.artifact_uri, run?.artifact_uri].filter((root) => root !== undefined);
  const made = runId || (model?.source_run_id ?? '');
  const [, sourceRun, path] = /^runs:\/+([^/]+)\/?(.*)$/su.exec(source) ?? [];
  if (sourceRun !== undefined) {
    if (strict && runId !== sourceRun) throw refuse('The run_id request parameter must identify the resource that contains the source.');
    const named = sourceRun === runId ? run : await tracking.getRun(sourceRun);
    return { storageLocation: named ? `${named.artifact_uri}/${path}`.replace(/\/$/u, '') : source, runId: made || sourceRun };
  }
  const inside = roots.some((root) => isWithin(source, root));
  if (local && !inside) throw refuse(LOCAL);
  // What was inside as it is written could still lead out once its escapes are decoded.
  if (local) checkPlain(localPath(source), refuse(RELATIVE));
  if (strict && !inside && source.startsWith('mlflow-artifacts:')) {
    throw refuse('The run_id request parameter must identify the resource that contains the source.');
  }
  return { storageLocation: source, runId: made };
}

function isLocal(source: string): boolean {
  return /^file:/iu.test(source) || !/^[a-z][a-z0-9+.-]+:/iu.test(source);
}

/** Refuses paths that could lead out of their root, also behind any number of percent-encodings (MLflow, `_validate_non_local_source_contains_relative_paths`). */
function checkPlain(source: string, failure: Error): void {
  let plain = source;
  for (let i = 0; i < 10; i++) {
    const decoded = plain.replace(/%([0-9a-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (decoded === plain) break;
    plain = decoded;
  }
  const parts = plain.split(/[/\\]/u);
  if (plain.includes('\u0000') || parts.includes('..') || parts.includes('.') || /%[0-9a-f]{2}/iu.test(plain)) throw failure;
}

/** Whether a source is a root or below it; paths of this machine with their `.` and `..` resolved. */
function isWithin(source: string, root: string): boolean {
  if (isLocal(source) !== isLocal(root)) return false;
  const [inner, outer] = isLocal(source) ? [localPath(source), localPath(root)] : [trimmed(source), trimmed(root)];
  return inner === outer || inner.startsWith(`${outer}/`);
}

function localPath(uri: string): string {
  const path = uri.replace(/^file:(?:\/\/(?:localhost|127\.0\.0\.1)?)?/iu, '');
  return trimmed(posix.normalize(path));
}

function trimmed(uri: string): string {
  return uri.replace(/\/+$/u, '');
}
