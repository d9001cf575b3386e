import type { z } from 'zod';
import { GetLatestVersions } from '#contract/http/mlflow/registry/models.ts';
import { canonicalStage } from '../../names.ts';
import { type RegistryDeps, registryRoute } from '../../route.ts';
import { versionToWire } from '../../wire.ts';

async function handle({ store }: RegistryDeps, { name, stages }: z.infer<typeof GetLatestVersions>): Promise<unknown> {
  const versions = await store.latestVersions(name, (stages ?? []).map(canonicalStage));
  return versions.length > 0 ? { model_versions: versions.map(versionToWire) } : {};
}

const latest = {
  path: '/mlflow/registered-models/get-latest-versions',
  summary: 'Highest version of each stage',
  access: 'viewer',
  input: GetLatestVersions,
  handle,
} as const;

/** POST /api/2.0/mlflow/registered-models/get-latest-versions */
export const getLatestVersions = registryRoute({ ...latest, method: 'POST' });

/** GET /api/2.0/mlflow/registered-models/get-latest-versions */
export const getLatestVersionsByGet = registryRoute({ ...latest, method: 'GET', hidden: true });
