import { recordedId } from '#contract/events.ts';
import { PredictionDetail, PredictionIdQuery } from '#contract/http/platform/events.ts';
import { defineRoute } from '#http/route.ts';
import type { IndexedPrediction } from '#ports/analytics.ts';
import { fail } from '../errors.ts';
import { sameLabel } from '../label.ts';
import type { IndexDeps } from './deps.ts';

const INDEX_WAIT_MS = 1500;

/** GET /api/v1/predictions/:id */
export const onePrediction = defineRoute<IndexDeps>()({
  method: 'GET',
  path: '/api/v1/predictions/:id',
  summary: 'One prediction with its lineage, pairs and label',
  access: 'viewer',
  tag: 'predictions',
  input: PredictionIdQuery,
  answer: PredictionDetail,
  async handle(deps, { id: given }) {
    const id = recordedId(given);
    const row = await find(deps, id);
    if (row === undefined) throw fail.predictionNotFound({ id: given });
    const [pairs, run] = await Promise.all([deps.analytics.pairsOf(id), runOf(deps, row.run_id)]);
    const { model_name, model_version, run_id } = row;
    return { ...row, lineage: { model_name, model_version, run_id, run }, pairs, feedback: feedbackOf(row) };
  },
});

/** A prediction that was answered a moment ago may not be in the index yet. */
async function find({ analytics, indexed }: IndexDeps, id: string): Promise<IndexedPrediction | undefined> {
  const row = await analytics.get(id);
  if (row !== undefined) return row;
  await indexed(INDEX_WAIT_MS);
  return analytics.get(id);
}

async function runOf({ tracking }: IndexDeps, runId: string | null): Promise<Record<string, unknown> | null> {
  const run = runId === null ? undefined : await tracking.getRun(runId).catch(() => undefined);
  if (run === undefined) return null;
  const { run_name, experiment_id, status, params, metrics, datasets } = run;
  return { run_name, experiment_id, status, params, metrics, datasets };
}

function feedbackOf({ actual, observed_at, prediction, task }: IndexedPrediction): Record<string, unknown> | null {
  if (actual === null) return null;
  if (task === 'regression')
    return { actual, observed_at, correct: null, error: typeof prediction === 'number' ? prediction - Number(actual) : null };
  return { actual, observed_at, correct: prediction === null ? null : sameLabel(prediction, actual, task), error: null };
}
