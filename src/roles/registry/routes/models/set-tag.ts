import { SetRegisteredModelTag } from '#contract/http/mlflow/registry/models.ts';
import { checkTag } from '../../names.ts';
import { registryRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/registered-models/set-tag */
export const setModelTag = registryRoute({
  method: 'POST',
  path: '/mlflow/registered-models/set-tag',
  summary: 'Set a tag of a registered model',
  access: 'editor',
  input: SetRegisteredModelTag,
  async handle({ store, clock }, { name, key, value }) {
    const tag = { key, value: value ?? '' };
    checkTag(tag);
    await store.setModelTag(name, { ...tag, now: clock.now() });
    return {};
  },
});
