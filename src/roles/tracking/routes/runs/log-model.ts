import { LogModel } from '#contract/http/mlflow/runs.ts';
import { refuse } from '#http/mlflow/input.ts';
import { trackingRoute } from '../../route.ts';

const HISTORY_TAG = 'mlflow.log-model.history';
const FIELDS = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'];

/** POST /api/2.0/mlflow/runs/log-model: how clients before 3.0 note a model that they logged. */
export const logModel = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/log-model',
  summary: 'Note a model of a run (clients before 3.0)',
  access: 'editor',
  input: LogModel,
  async handle({ store }, { run_id, model_json }) {
    const model = parsedModel(model_json);
    const { tags } = await store.getRun(run_id);
    const before = tags.find(({ key }) => key === HISTORY_TAG)?.value;
    await store.setRunTag(run_id, { key: HISTORY_TAG, value: JSON.stringify([...listOf(before), model]) });
    return {};
  },
});

/** Anybody may have set the tag to anything. */
function listOf(text: string | undefined): unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function parsedModel(text: string): Record<string, unknown> {
  let model: unknown;
  try {
    model = JSON.parse(text);
  } catch {
    throw refuse(`Malformed model info. \n ${text} \n is not a valid JSON.`);
  }
  if (typeof model !== 'object' || model === null || Array.isArray(model))
    throw refuse(`Malformed model info. \n ${text} \n is not a valid JSON object.`);
  const missing = FIELDS.filter((field) => !(field in model));
  if (missing.length > 0) throw refuse(`Model json is missing mandatory fields: ${missing.join(', ')}`);
  return model as Record<string, unknown>;
}
