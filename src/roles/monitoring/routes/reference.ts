import type { z } from 'zod';
import { DeploymentQuery, ReferenceAnswer, ReferenceRange, ReferenceRun, ReferenceVersion } from '#contract/http/platform/monitoring.ts';
import type { ReferenceProfile } from '#contract/model-schema.ts';
import { platformInputError } from '#http/input.ts';
import { defineRoute, type RequestContext } from '#http/route.ts';
import { unknownKeys } from '#http/unknown-keys.ts';
import type { DeploymentView } from '../../serving/api.ts';
import { referenceInfo } from '../drift/report.ts';
import { fail } from '../errors.ts';
import { profileOfRange, profileOfUpload } from '../reference/choose.ts';
import type { MonitorDeps } from './deps.ts';

const path = '/api/v1/monitors/:deployment/reference';
const MAX_JSON_BYTES = 64 * 1024;
const INDEX_WAIT_MS = 5000;

/** GET /api/v1/monitors/:deployment/reference */
export const getReference = defineRoute<MonitorDeps>()({
  method: 'GET',
  path,
  summary: 'What a deployment is compared with',
  access: 'viewer',
  tag: 'monitors',
  input: DeploymentQuery,
  answer: ReferenceAnswer,
  handle: async (deps, { deployment }) => answerOf(deps, await deps.monitors.deployment(deployment)),
});

/** PUT /api/v1/monitors/:deployment/reference: a CSV, or JSON naming a range of predictions or a version. */
export const putReference = defineRoute<MonitorDeps>()({
  method: 'PUT',
  path,
  summary: 'Choose the reference: a CSV, accepted predictions of a range, or the training profile of a version',
  access: 'editor',
  tag: 'monitors',
  input: DeploymentQuery,
  answer: ReferenceAnswer,
  body: 'stream',
  async handle(deps, { deployment }, context) {
    const view = await deps.monitors.deployment(deployment);
    const profile = await profileOf(deps, view, context);
    const { reference, recounted } = await deps.choose({ deployment, profile, by: context.principal.id });
    return {
      deployment,
      reference: referenceInfo(reference),
      collecting: null,
      columns: profile.columns.map((column) => column.name),
      recounted,
    };
  },
});

/** DELETE /api/v1/monitors/:deployment/reference */
export const deleteReference = defineRoute<MonitorDeps>()({
  method: 'DELETE',
  path,
  summary: 'Compare with the training rows of the live version again',
  access: 'editor',
  tag: 'monitors',
  input: DeploymentQuery,
  answer: ReferenceAnswer,
  async handle(deps, { deployment }) {
    const view = await deps.monitors.deployment(deployment);
    await deps.unchoose(deployment);
    return answerOf(deps, view);
  },
});

async function answerOf({ monitors }: MonitorDeps, view: DeploymentView): Promise<unknown> {
  const { reference, collecting } = await monitors.referenceState(view, { variant: 'primary' });
  const columns = reference?.profile.columns.map((column) => column.name) ?? [];
  return { deployment: view.name, reference: reference ? referenceInfo(reference) : null, collecting, columns };
}

async function profileOf(deps: MonitorDeps, view: DeploymentView, context: RequestContext): Promise<ReferenceProfile> {
  const { tables, dir, config } = deps;
  const type = context.headers['content-type'] ?? '';
  if (/json/iu.test(type)) return profileOfJson(deps, view, await jsonOf(context));
  if (type === '' || /csv|text\/plain|octet-stream/iu.test(type)) {
    return profileOfUpload(context.stream, { tables, dir, maxBytes: config.max_upload_bytes, schema: view.schema });
  }
  throw fail.referenceInvalid({ detail: `Content-Type '${type}' is not supported here: use text/csv or application/json.` });
}

async function jsonOf({ stream }: RequestContext): Promise<Record<string, unknown>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > MAX_JSON_BYTES) throw fail.uploadTooLarge({ limit: MAX_JSON_BYTES });
    parts.push(part);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, as for JSON that is no object.
  }
  throw fail.referenceInvalid({ detail: 'The body is not a JSON object.' });
}

async function profileOfJson(
  { analytics, indexed, references, config }: MonitorDeps,
  view: DeploymentView,
  body: Record<string, unknown>,
): Promise<ReferenceProfile> {
  if ('version' in body || 'run_id' in body) return profileOfVersion(references, view, body);
  const { from, to } = checked(ReferenceRange, body);
  if (from >= to) throw fail.rangeInvalid({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  await indexed(INDEX_WAIT_MS);
  return profileOfRange(analytics, view.name, { fromMs: from, toMs: to, limit: config.recount_rows });
}

async function profileOfVersion(
  references: MonitorDeps['references'],
  view: DeploymentView,
  body: Record<string, unknown>,
): Promise<ReferenceProfile> {
  const primary = view.variants.find((v) => v.role === 'primary');
  const own = primary?.model_name ?? '';
  let named = { model: own, ...body };
  if ('run_id' in body) {
    const { run_id: runId } = checked(ReferenceRun, body);
    const found = await references.versionOfRun(own, runId, primary?.version ?? null);
    if (found === undefined) throw fail.runNotFound({ runId, model: own });
    named = { model: own, ...{ version: found } };
  }
  const { model, version } = checked(ReferenceVersion, named);
  const profile = await references.trainingProfile(model, version);
  if (profile === undefined) throw fail.profileMissing({ model, version });
  return { ...profile, source: `the training rows of ${model} version ${version}` };
}

function checked<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const parsed = schema.safeParse(body);
  const unknown = unknownKeys(schema, body);
  if (parsed.success && unknown.length === 0) return parsed.data;
  throw platformInputError(parsed.error?.issues ?? [], unknown);
}
