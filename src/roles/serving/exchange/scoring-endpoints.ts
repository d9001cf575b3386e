import { failureOf } from '#http/failure.ts';
import { KnownError } from '#kernel/errors.ts';
import { fail as servingFail } from '../errors.ts';
import type { Row } from '../model/plan.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { LooseModels } from '../runtime/loose-models.ts';
import type { Predictor, Target } from '../runtime/predictor.ts';
import { enforceFrame, enforceInstances } from '../scoring/enforce.ts';
import { fail } from '../scoring/errors.ts';
import { plainPredictions, recordPredictions, rowsOf, tensorPredictions } from '../scoring/predictions.ts';
import { readScoringData, type ScoringData } from '../scoring/scoring-data.ts';
import { feedsOf } from '../scoring/tensor-feeds.ts';
import type { Endpoint, Incoming } from './exchange.ts';
import type { Answer } from './idempotency.ts';

export interface ScoringDeps {
  readonly deployments: Deployments;
  readonly loose: LooseModels;
  readonly predictor: Predictor;
  readonly maxBodyBytes: number;
}

/** POST /invocations for the default deployment, and /deployments/{name}/invocations: MLflow's scoring protocol. */
export function invocationsEndpoint({ deployments, loose, predictor, maxBodyBytes }: ScoringDeps): Endpoint {
  return {
    pattern: /^(?:\/deployments\/(?<name>[^/]+))?\/invocations\/?$/u,
    style: 'mlflow',
    maxBodyBytes,
    async answer(incoming) {
      const name = incoming.params['name'] ?? deployments.default().name;
      deployments.get(name);
      const target = await loose.find(name, undefined, incoming.variant);
      const data = readScoringData(incoming.body, incoming.headers['content-type']);
      return json({ predictions: await predictions(predictor, target, { data, incoming, name }) });
    },
    failure: (error, incoming) => scoringFailure(error, incoming?.requestId ?? ''),
  };
}

interface ScoringCall {
  readonly data: ScoringData;
  readonly incoming: Incoming;
  readonly name: string;
}

async function predictions(predictor: Predictor, target: Target, { data, incoming, name }: ScoringCall): Promise<unknown> {
  const { model } = target.live;
  const asked = { ...incoming, name };
  const rows = tabularRows(target, data);
  if (rows) {
    if (rows.length > predictor.maxRows) throw servingFail.tooManyRows({ rows: rows.length, limit: predictor.maxRows });
    const job = await predictor.rows(target, rows, asked);
    if (!model.isLogged) return plainPredictions(job.outcomes);
    const slice = { offset: job.offset, rows: rows.length };
    return data.kind === 'frame'
      ? recordPredictions(model, job.result.outputs, slice)
      : tensorPredictions(model, job.result.outputs, slice);
  }
  if (data.kind === 'frame') throw fail.dataInvalid({ reason: 'This model takes tensors, not a table: send them as inputs or instances.' });
  const outputs = await predictor.tensors(target, feedsOf(data, model.session.inputs, name), asked);
  return Object.fromEntries(
    Object.entries(outputs).map(([output, tensor]) => [
      output,
      tensor.dims.length === 0 ? tensor.data[0] : rowsOf(tensor, { offset: 0, rows: tensor.dims[0] as number }),
    ]),
  );
}

/** Rows for a model with columns; undefined for one that takes tensors. */
function tabularRows({ live }: Target, data: ScoringData): Row[] | undefined {
  const { model } = live;
  if (model.plan === undefined) return undefined;
  if (data.kind === 'frame') return enforceFrame(live, data);
  if (data.kind === 'tensor') return enforceInstances(live, data.data);
  const entries = Object.entries(data.data);
  const [only] = entries;
  // The graph's own input by name holds the whole matrix; otherwise each entry is a column.
  if (
    entries.length === 1 &&
    only &&
    model.session.inputs.some((i) => i.name === only[0]) &&
    Array.isArray(only[1]) &&
    Array.isArray(only[1][0])
  )
    return enforceInstances(live, only[1]);
  const columns = entries.map(([, value]) => (Array.isArray(value) ? value.flat() : [value]));
  const n = Math.max(...columns.map((c) => c.length), 0);
  if (columns.some((c) => c.length !== n)) throw fail.dataInvalid({ reason: 'All arrays of the inputs must be of the same length.' });
  const rows = Array.from({ length: n }, (_, r) => columns.map((c) => c[r]));
  return enforceFrame(live, { kind: 'frame', columns: entries.map(([column]) => column), rows, isText: false });
}

/** MLflow's JSON, but plain text for what it cannot read, and the class that its clients know schema failures by. */
function scoringFailure(error: unknown, requestId: string): Answer {
  const { status, type, body, headers } = failureOf(error, 'mlflow', requestId);
  if (status === 415)
    return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body: (error as Error).message };
  const isSchema = error instanceof KnownError && error.spec.code === 'SCORING_SCHEMA_VIOLATED';
  const full = isSchema ? { ...body, error_class: 'SCHEMA_ENFORCEMENT_FAILED' } : body;
  return { status, headers: { ...headers, 'content-type': type }, body: JSON.stringify(full) };
}

export function json(value: unknown): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? Number(v) : v)),
  };
}
