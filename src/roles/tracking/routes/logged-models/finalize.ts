import { FinalizeLoggedModel } from '#contract/http/mlflow/logged-models.ts';
import { invalidValue } from '#contract/http/mlflow/names.ts';
import { refuse } from '#http/mlflow/input.ts';
import { trackingRoute } from '../../route.ts';
import { loggedModelToWire } from '../../wire.ts';

/** LoggedModelStatus of MLflow's protos, by number. */
const STATUSES = ['LOGGED_MODEL_STATUS_UNSPECIFIED', 'LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'];

/** PATCH /api/2.0/mlflow/logged-models/{model_id} */
export const finalizeLoggedModel = trackingRoute({
  method: 'PATCH',
  path: '/mlflow/logged-models/:model_id',
  summary: 'Say whether the upload of a logged model succeeded',
  access: 'editor',
  input: FinalizeLoggedModel,
  async handle({ store, clock }, { model_id, status }) {
    const word = typeof status === 'number' ? STATUSES[status] : status;
    if (word === undefined || !STATUSES.slice(1).includes(word)) throw refuse(invalidValue('status', status));
    return { model: loggedModelToWire(await store.finishLoggedModel(model_id, { status: word, now: clock.now() })) };
  },
});
