import type { CompatName } from '#contract/http/platform/deployments.ts';
import { checkJsonType, parseJson } from '#http/body.ts';
import { KnownError } from '#kernel/errors.ts';
import { type Profile, profileOf } from '../compat/profile.ts';
import { checkBody, notJson } from '../compat/pydantic.ts';
import { fail } from '../errors.ts';
import { readRows } from '../protocol/body-forms.ts';
import { bodyOptions } from '../protocol/predict-call.ts';
import type { Deployment } from '../runtime/deployment.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { Predictor, Target } from '../runtime/predictor.ts';
import type { Endpoint, Incoming } from './exchange.ts';
import type { Answer } from './idempotency.ts';

export interface PlainDeps {
  readonly deployments: Deployments;
  readonly predictor: Predictor;
  readonly maxBodyBytes: number;
  readonly compatOf: (deployment: Deployment) => CompatName | undefined;
}

/** The plain API for requests that ask for more than its fast path does: a compat profile, a pinned variant, an idempotency key, an encoded body. */
export function plainEndpoint(deps: PlainDeps): Endpoint {
  const { deployments, predictor, maxBodyBytes, compatOf } = deps;
  const deploymentOf = ({ params }: Incoming): Deployment =>
    params['name'] === undefined ? deployments.default() : deployments.get(params['name']);
  return {
    pattern: /^(?:\/deployments\/(?<name>[^/]+))?\/predict$/u,
    style: 'platform',
    maxBodyBytes,
    async answer(incoming) {
      const deployment = deploymentOf(incoming);
      const live = incoming.variant === undefined ? deployment.livePrimary() : deployment.pinned(incoming.variant);
      const target = { live, shadows: incoming.variant === undefined ? deployment.shadows : [] };
      const compat = compatOf(deployment);
      return compat === undefined
        ? plainAnswer(predictor, target, incoming)
        : compatAnswer(predictor, target, { incoming, profile: profileOf(compat) });
    },
    failure(error, incoming) {
      const deployment = incoming && deployments.find(incoming.params['name'] ?? deployments.defaultName());
      const compat = deployment && compatOf(deployment);
      return compat === undefined ? undefined : compatFailure(error, profileOf(compat));
    },
  };
}

async function plainAnswer(predictor: Predictor, target: Target, incoming: Incoming): Promise<Answer> {
  const { live } = target;
  checkJsonType(incoming.headers['content-type'], 'platform', 'POST');
  const body = parseJson(incoming.body);
  if (live.model.plan === undefined)
    throw fail.modelUnservable({
      model: `deployment '${live.deployment}'`,
      reason: 'its inputs are tensors, not one column per field: send them to /v2/models/NAME/infer.',
    });
  const { rows, keys, single } = readRows(body, live.validator, bodyOptions(live, predictor.maxRows));
  const job = await predictor.rows(target, rows, { ...incoming, name: live.deployment, keys });
  const headers = { 'content-type': 'application/json', 'x-prediction-id': job.ids[0] as string };
  return { status: 200, headers, body: single ? live.answer.one(job) : live.answer.many(job) };
}

async function compatAnswer(
  predictor: Predictor,
  target: Target,
  { incoming, profile }: { incoming: Incoming; profile: Profile },
): Promise<Answer> {
  const { live } = target;
  let body: unknown;
  try {
    body = parseJson(incoming.body);
  } catch {
    return details([notJson(profile, 0)]);
  }
  const checked = checkBody(body, profile);
  if ('detail' in checked) return details(checked.detail);
  const row = rowOf(checked.values, profile, live);
  const job = await predictor.rows(target, [row], { ...incoming, name: live.deployment });
  const headers = { 'content-type': 'application/json', 'x-prediction-id': job.ids[0] as string };
  return { status: profile.status, headers, body: profile.answer(job, live) };
}

/** The profile's values in the order of the model's fields: by name or alias where all are known, else in their own order. */
function rowOf(values: readonly number[], profile: Profile, { model }: LiveModel): number[] {
  const { fields } = model.schema;
  const places = fields.map((f) => profile.fields.findIndex((p) => p.name === f.name || f.aliases?.includes(p.name)));
  if (places.every((p) => p >= 0)) return places.map((p) => values[p] as number);
  if (fields.length === values.length) return [...values];
  throw new Error(`the profile's ${values.length} fields do not fit the model's ${fields.length}`);
}

function details(detail: readonly unknown[]): Answer {
  return { status: 422, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ detail }) };
}

/** As FastAPI says it: the system's own sentence where the model failed or is missing; what the system had no word for keeps its status. */
function compatFailure(error: unknown, profile: Profile): Answer {
  const known = error instanceof KnownError && error.spec.code !== 'MODEL_NOT_READY' && error.spec.status !== 500 ? error : undefined;
  const headers = {
    'content-type': 'application/json',
    ...(known?.spec.status === 429 || known?.spec.status === 503 ? { 'retry-after': String(known.params['retryAfterSeconds'] ?? 1) } : {}),
  };
  return { status: known?.spec.status ?? 500, headers, body: JSON.stringify({ detail: known?.message ?? profile.failed }) };
}
