import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

const INVALID = 'INVALID_PARAMETER_VALUE';

export const { specs, fail } = catalogue({
  pathInvalid: {
    code: 'ARTIFACT_PATH_INVALID',
    status: 400,
    mlflow: INVALID,
    message: () => 'Invalid path',
    hint: 'Paths are relative, with forward slashes, without `..`, `.`, `#` and control characters.',
  } satisfies ErrorSpec<{ path: string }>,
  notFound: {
    code: 'ARTIFACT_NOT_FOUND',
    status: 404,
    mlflow: 'RESOURCE_DOES_NOT_EXIST',
    message: ({ path }) => `No such artifact: '${path}'`,
  } satisfies ErrorSpec<{ path: string; uri?: string }>,
  traceNotFound: {
    code: 'ARTIFACT_TRACE_NOT_FOUND',
    status: 404,
    mlflow: 'RESOURCE_DOES_NOT_EXIST',
    message: ({ id }) => `Trace with ID '${id}' not found.`,
  } satisfies ErrorSpec<{ id: string }>,
  traceIncomplete: {
    code: 'ARTIFACT_TRACE_INCOMPLETE',
    status: 404,
    mlflow: 'RESOURCE_DOES_NOT_EXIST',
    message: ({ id }) => `Trace with ID ${id} is not fully exported yet, please try again later.`,
  } satisfies ErrorSpec<{ id: string }>,
  tooLarge: {
    code: 'ARTIFACT_TOO_LARGE',
    status: 413,
    mlflow: INVALID,
    message: ({ path, maxBytes }) => `'${path}' is larger than ${maxBytes} bytes.`,
  } satisfies ErrorSpec<{ path: string; maxBytes: number }>,
  exportEmpty: {
    code: 'ARTIFACT_EXPORT_EMPTY',
    status: 404,
    mlflow: 'RESOURCE_DOES_NOT_EXIST',
    message: ({ name, version }) => `Version ${version} of '${name}' has no files.`,
  } satisfies ErrorSpec<{ name: string; version: string }>,
  exportTooMany: {
    code: 'ARTIFACT_EXPORT_TOO_MANY',
    status: 413,
    mlflow: INVALID,
    message: ({ most }) => `The model has more than ${most} files.`,
  } satisfies ErrorSpec<{ most: number }>,
  locationUnreachable: {
    code: 'ARTIFACT_LOCATION_UNREACHABLE',
    status: 400,
    mlflow: INVALID,
    message: ({ uri }) => `This server does not keep the artifacts at '${uri}': a client reads and writes them there by itself.`,
    hint: 'Local folders that the server may read are listed in artifacts.local_roots.',
  } satisfies ErrorSpec<{ uri: string }>,
  uploadCut: {
    code: 'ARTIFACT_UPLOAD_CUT',
    status: 400,
    mlflow: 'BAD_REQUEST',
    message: () => 'The upload ended before it was complete; nothing was stored.',
  } satisfies ErrorSpec<Record<string, never>>,
  multipartUnsupported: {
    code: 'ARTIFACT_MULTIPART_UNSUPPORTED',
    status: 501,
    mlflow: 'NOT_IMPLEMENTED',
    // Clients match the beginning of this sentence and send the file whole instead.
    message: () => 'Multipart upload is not supported for the current artifact repository',
  } satisfies ErrorSpec<Record<string, never>>,
  presignedUploadUnsupported: {
    code: 'ARTIFACT_PRESIGNED_UPLOAD_UNSUPPORTED',
    status: 501,
    mlflow: 'NOT_IMPLEMENTED',
    message: () => 'Presigned upload is not supported for the current artifact repository',
  } satisfies ErrorSpec<Record<string, never>>,
  presignedDownloadUnsupported: {
    code: 'ARTIFACT_PRESIGNED_DOWNLOAD_UNSUPPORTED',
    status: 501,
    mlflow: 'NOT_IMPLEMENTED',
    message: () => 'Presigned download is not supported for the current artifact repository',
  } satisfies ErrorSpec<Record<string, never>>,
});
