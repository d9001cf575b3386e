import { parseJson } from '#http/body.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Tensor, Tensors } from '#ports/inference.ts';
import { fail as servingFail } from '../errors.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import { enforceInstances } from '../scoring/enforce.ts';
import { fail } from '../scoring/errors.ts';
import { plainPredictions, rowsOf } from '../scoring/predictions.ts';
import type { ScoringData } from '../scoring/scoring-data.ts';
import { feedsOf } from '../scoring/tensor-feeds.ts';
import type { Endpoint } from './exchange.ts';
import { json, type ScoringDeps } from './scoring-endpoints.ts';

/** POST /v1/models/{model}:predict, KServe's first protocol: rows as lists or objects with the model's fields, or with its inputs. */
export function v1Endpoint({ loose, predictor, maxBodyBytes }: ScoringDeps): Endpoint {
  return {
    pattern: /^\/v1\/models\/(?<model>[^/]+):predict\/?$/u,
    style: 'oip',
    maxBodyBytes,
    async answer(incoming) {
      const name = incoming.params['model'] as string;
      const target = await loose.find(name, undefined, incoming.variant).catch((error) => {
        if (error instanceof KnownError && error.spec.code === 'MODEL_NOT_FOUND') throw fail.modelNameUnknown({ name });
        throw error;
      });
      const instances = instancesOf(parseJson(incoming.body));
      const asked = { ...incoming, name };
      const { live } = target;
      if (instances.length > predictor.maxRows) throw servingFail.tooManyRows({ rows: instances.length, limit: predictor.maxRows });
      if (live.model.plan === undefined) {
        const outputs = await predictor.tensors(target, feedsOf(tensorsOf(instances), live.model.session.inputs, name), asked);
        return json({ predictions: predictionsOf(outputs, instances.length) });
      }
      const job = await predictor.rows(
        target,
        enforceInstances(
          live,
          instances.map((row) => unwrapped(live, row)),
        ),
        asked,
      );
      return json({ predictions: plainPredictions(job.outcomes) });
    },
  };
}

/** A column's value may stand in a list of its own, as a tensor of shape [rows, 1] has it. */
function unwrapped({ model: { plan } }: LiveModel, row: unknown): unknown {
  if (plan?.kind !== 'columns' || !isRecord(row)) return row;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Array.isArray(value) && value.length === 1 ? value[0] : value]),
  );
}

/** Rows that name the model's inputs become one tensor for each. */
function tensorsOf(instances: readonly unknown[]): Exclude<ScoringData, { kind: 'frame' }> {
  const [first] = instances;
  if (!instances.every(isRecord) || !isRecord(first)) return { kind: 'tensor', data: instances };
  const names = Object.keys(first);
  const odd = instances.findIndex((row) => Object.keys(row).length !== names.length || !names.every((name) => Object.hasOwn(row, name)));
  if (odd >= 0) throw fail.dataInvalid({ reason: `Row ${odd} names other inputs than row 0: every row must have ${names.join(', ')}.` });
  return { kind: 'tensors', data: Object.fromEntries(names.map((name) => [name, instances.map((row) => row[name])])) };
}

/** A value per row, or an object of them where the model has several outputs, as TensorFlow Serving gives them; what has no rows is given whole. */
function predictionsOf(outputs: Tensors, rows: number): unknown {
  const entries = Object.entries(outputs);
  const isRowwise = entries.every(([, { dims }]) => dims[0] === rows);
  const values = entries.map(([name, tensor]) => [name, isRowwise ? rowsOf(tensor, { offset: 0, rows }) : whole(tensor)] as const);
  const [only] = values;
  if (values.length === 1 && only) return only[1];
  if (!isRowwise) return Object.fromEntries(values);
  return Array.from({ length: rows }, (_, r) => Object.fromEntries(values.map(([name, of]) => [name, (of as unknown[])[r]])));
}

/** Named one by one: the engine's own tensors have accessors, which a copy would lose. */
const whole = ({ type, dims, data }: Tensor): unknown => rowsOf({ type, dims: [1, ...dims], data }, { offset: 0, rows: 1 })[0];

function instancesOf(body: unknown): readonly unknown[] {
  const { instances, inputs } = isRecord(body) ? body : {};
  const given = instances ?? inputs;
  if (Array.isArray(given) && given.length > 0) return given;
  throw fail.dataInvalid({ reason: 'Expected "instances" or "inputs" to be a list of at least one row.' });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
