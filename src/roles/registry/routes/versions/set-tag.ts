import { SetModelVersionTag } from '#contract/http/mlflow/registry/models.ts';
import { checkTag, versionNumber } from '../../names.ts';
import { registryRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/model-versions/set-tag */
export const setVersionTag = registryRoute({
  method: 'POST',
  path: '/mlflow/model-versions/set-tag',
  summary: 'Set a tag of a model version',
  access: 'editor',
  input: SetModelVersionTag,
  async handle({ store, clock }, { name, version, key, value }) {
    const tag = { key, value: value ?? '' };
    checkTag(tag);
    await store.setVersionTag({ name, version: versionNumber(version) }, { ...tag, now: clock.now() });
    return {};
  },
});
