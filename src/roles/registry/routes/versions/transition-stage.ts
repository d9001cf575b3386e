import { TransitionStage } from '#contract/http/mlflow/registry/models.ts';
import { refuse } from '#http/mlflow/input.ts';
import { canonicalStage, versionNumber } from '../../names.ts';
import { registryRoute } from '../../route.ts';
import { versionToWire } from '../../wire.ts';

const ACTIVE = ['Staging', 'Production'];

/** POST /api/2.0/mlflow/model-versions/transition-stage. Stages and aliases know nothing of each other. */
export const transitionStage = registryRoute({
  method: 'POST',
  path: '/mlflow/model-versions/transition-stage',
  summary: 'Move a version to a stage',
  access: 'editor',
  input: TransitionStage,
  async handle({ store, clock }, { name, version, stage, archive_existing_versions }) {
    const to = canonicalStage(stage);
    const archiveOthers = archive_existing_versions ?? false;
    if (archiveOthers && !ACTIVE.includes(to)) {
      throw refuse(
        `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are ${ACTIVE.join(', ')}`,
      );
    }
    const at = { name, version: versionNumber(version) };
    return { model_version: versionToWire(await store.moveStage(at, { stage: to, archiveOthers, now: clock.now() })) };
  },
});
