import { LogInputs } from '#contract/http/mlflow/runs.ts';
import { checkLength } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/runs/log-inputs */
export const logInputs = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/log-inputs',
  summary: 'Log data sets and models that a run reads',
  access: 'editor',
  input: LogInputs,
  async handle({ store }, { run_id, datasets, models }) {
    const checked = (datasets ?? []).map(({ tags, dataset }) => {
      checkLength('name', dataset.name, 500);
      checkLength('digest', dataset.digest, 36);
      checkLength('source', dataset.source, 65_535);
      checkLength('schema', dataset.schema, 1_048_575);
      checkLength('profile', dataset.profile, 16_777_215);
      for (const { key, value } of tags ?? []) {
        checkLength('key', key, 255);
        checkLength('value', value, 500);
      }
      return { ...dataset, schema: dataset.schema ?? null, profile: dataset.profile ?? null, tags: tags ?? [] };
    });
    await store.logInputs(run_id, { datasets: checked, models: (models ?? []).map(({ model_id }) => model_id) });
    return {};
  },
});
