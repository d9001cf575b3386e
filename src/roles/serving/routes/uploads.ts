import { InspectionAnswer, InspectQuery, UploadAnswer, UploadQuery } from '#contract/http/platform/uploads.ts';
import { fail as httpFail } from '#http/errors.ts';
import { defineRoute, type RequestContext } from '#http/route.ts';
import type { Uploads } from '../upload/uploads.ts';

export interface UploadRouteDeps {
  readonly uploads: Uploads;
  readonly maxUploadBytes: number;
}

const route = defineRoute<UploadRouteDeps>();

/** POST /api/v1/deployments/{name}/inspect */
export const inspectUpload = route({
  method: 'POST',
  path: '/api/v1/deployments/:name/inspect',
  summary: 'What an ONNX file holds and what callers of the deployment would notice; nothing is kept',
  access: 'editor',
  tag: 'deployments',
  body: 'stream',
  input: InspectQuery,
  answer: InspectionAnswer,
  handle: async ({ uploads, maxUploadBytes }, { name, file }, { stream, headers }) =>
    uploads.inspect(name, { name: file, bytes: await collect(stream, { headers, limit: maxUploadBytes }) }),
});

/** POST /api/v1/deployments/{name}/versions */
export const uploadVersion = route({
  method: 'POST',
  path: '/api/v1/deployments/:name/versions',
  summary: 'Register an ONNX file as a version and deploy it; nothing is kept of one that cannot be served',
  access: 'editor',
  tag: 'deployments',
  body: 'stream',
  input: UploadQuery,
  answer: UploadAnswer,
  handle: async ({ uploads, maxUploadBytes }, { file, ...request }, { stream, headers, principal }) =>
    uploads.deploy({ ...request, by: principal.id }, { name: file, bytes: await collect(stream, { headers, limit: maxUploadBytes }) }),
});

/** Of a body that turns out too large this much is read on and dropped, so that the answer arrives. */
const MAX_DROPPED_BYTES = 64 * 2 ** 20;

async function collect(
  stream: AsyncIterable<Uint8Array>,
  { headers, limit }: { headers: RequestContext['headers']; limit: number },
): Promise<Buffer> {
  if (Number(headers['content-length'] ?? 0) > limit) throw httpFail.bodyTooLarge({ limit });
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size <= limit) parts.push(part);
    else parts = [];
    if (size > limit + MAX_DROPPED_BYTES) break;
  }
  if (size > limit) throw httpFail.bodyTooLarge({ limit });
  return Buffer.concat(parts);
}
