import { isAbsolute, resolve } from 'node:path';
import { CreateExperiment } from '#contract/http/mlflow/experiments.ts';
import { isLonger, tooLong } from '#contract/http/mlflow/names.ts';
import { check, refuse } from '#http/mlflow/input.ts';
import { checkExperimentTag } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/experiments/create */
export const createExperiment = trackingRoute({
  method: 'POST',
  path: '/mlflow/experiments/create',
  summary: 'Create an experiment',
  access: 'editor',
  input: CreateExperiment,
  async handle({ store, artifactRoot, clock }, { name, artifact_location, tags }) {
    checkExperimentName(name);
    for (const tag of tags ?? []) checkExperimentTag(tag);
    const artifactLocation = artifact_location ? checkedLocation(artifact_location) : undefined;
    const { experiment_id } = await store.createExperiment({
      name,
      artifactLocation,
      root: artifactRoot,
      tags: tags ?? [],
      now: clock.now(),
    });
    return { experiment_id };
  },
});

export function checkExperimentName(name: string): void {
  check(isLonger(name, 500) ? tooLong('name', 500) : undefined);
}

/** A path without a scheme is one of the server's folders: it is made absolute, as upstream does. */
function checkedLocation(location: string): string {
  if (isLonger(location, 2048)) {
    throw refuse('Invalid artifact path length. The length of the artifact path cannot be greater than 2048 characters.');
  }
  if (location.startsWith('runs:')) throw refuse(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
  if (/[#;]/u.test(location)) throw refuse(`Artifact location must not hold '#' or ';' parts: '${location}'`);
  if (/(?:^|[/\\])\.\.(?:[/\\]|$)/u.test(decoded(location))) throw refuse(`Artifact location must not hold '..': '${location}'`);
  return /^[a-z][a-z0-9+.-]*:/iu.test(location) || isAbsolute(location) ? location : resolve(location);
}

function decoded(text: string): string {
  try {
    const once = decodeURIComponent(text);
    return once === text ? once : decoded(once);
  } catch {
    return text;
  }
}
