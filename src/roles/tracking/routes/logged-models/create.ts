import { CreateLoggedModel } from '#contract/http/mlflow/logged-models.ts';
import { loggedModelNameProblem } from '#contract/http/mlflow/names.ts';
import { check } from '#http/mlflow/input.ts';
import { randomHex } from '#kernel/ids.ts';
import { checkExperimentId, checkedParam, checkedTag } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { loggedModelToWire } from '../../wire.ts';
import { randomRunName } from '../run-names.ts';

/** POST /api/2.0/mlflow/logged-models */
export const createLoggedModel = trackingRoute({
  method: 'POST',
  path: '/mlflow/logged-models',
  summary: 'Begin to log a model',
  access: 'editor',
  input: CreateLoggedModel,
  async handle({ store, clock }, { experiment_id, name, model_type, source_run_id, params, tags }) {
    checkExperimentId(experiment_id);
    if (name) check(loggedModelNameProblem(name));
    const model = await store.createLoggedModel({
      model_id: `m-${randomHex(32)}`,
      experiment_id,
      name: name || randomRunName(),
      model_type: model_type ?? '',
      source_run_id: source_run_id ?? '',
      params: (params ?? []).map((param, i) => checkedParam(param, `params[${i}].`)),
      tags: (tags ?? []).map((tag, i) => checkedTag(tag, `tags[${i}].`)),
      now: clock.now(),
    });
    return { model: loggedModelToWire(model) };
  },
});
