import { InspectionAnswer, InspectQuery, UploadAnswer, UploadQuery } from '#contract/http/platform/uploads.ts';
import { defineRoute } from '#http/route.ts';
import type { UploadRoom } from '../upload/upload-room.ts';
import type { Uploads } from '../upload/uploads.ts';

export interface UploadRouteDeps {
  readonly uploads: Uploads;
  readonly room: UploadRoom;
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
  handle: ({ uploads, room }, { name, file }, context) => room.with(context, (bytes) => uploads.inspect(name, { name: file, bytes })),
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
  handle: ({ uploads, room }, { file, ...request }, context) =>
    room.with(context, (bytes) => uploads.deploy({ ...request, by: context.principal.id }, { name: file, bytes })),
});
