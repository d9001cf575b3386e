import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

/** What every adapter of the blobs port may answer. */
export const { specs, fail } = catalogue({
  notFound: {
    code: 'BLOB_NOT_FOUND',
    status: 404,
    mlflow: 'RESOURCE_DOES_NOT_EXIST',
    message: ({ key }) => `There is no stored file '${key}'.`,
  } satisfies ErrorSpec<{ key: string }>,
  keyInvalid: {
    code: 'BLOB_KEY_INVALID',
    status: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ key, reason }) => `'${key}' cannot be the path of a stored file: ${reason}.`,
  } satisfies ErrorSpec<{ key: string; reason: string }>,
  conflict: {
    code: 'BLOB_KEY_CONFLICT',
    status: 409,
    mlflow: 'RESOURCE_ALREADY_EXISTS',
    message: ({ key }) =>
      `'${key}' cannot be stored: a file stands where it needs a folder, or a folder where it needs a file. Choose another path.`,
  } satisfies ErrorSpec<{ key: string }>,
  tooLarge: {
    code: 'BLOB_TOO_LARGE',
    status: 413,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ key, reason }) => `'${key}' is too large for the file store: ${reason}. Nothing was kept of the upload.`,
  } satisfies ErrorSpec<{ key: string; reason: string }>,
  uploadInvalid: {
    code: 'BLOB_UPLOAD_INVALID',
    status: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ key, reason }) => `The multipart upload of '${key}' cannot go on: ${reason}.`,
  } satisfies ErrorSpec<{ key: string; reason: string }>,
  full: {
    code: 'BLOB_STORE_FULL',
    status: 507,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: ({ root, reason }) =>
      `The file store ${root} has no space left (${reason}); nothing was kept of the upload. Free disk space and send it again.`,
  } satisfies ErrorSpec<{ root: string; reason: string }>,
  unavailable: {
    code: 'BLOB_STORE_UNAVAILABLE',
    status: 503,
    message: ({ root, reason }) => `The file store ${root} does not answer (${reason}); try again in a moment.`,
  } satisfies ErrorSpec<{ root: string; reason: string }>,
  refused: {
    code: 'BLOB_STORE_REFUSED',
    status: 502,
    mlflow: 'INTERNAL_ERROR',
    message: ({ root, reason }) => `The file store ${root} refuses this server: ${reason}.`,
    hint: 'Check blobs.root, blobs.endpoint, the region and the credentials (AWS_ACCESS_KEY_ID, AWS_PROFILE, …).',
  } satisfies ErrorSpec<{ root: string; reason: string }>,
});

/** What a failed system call on a file means for the caller of `put`; what means nothing to a caller is given back as it is. */
export function putFailure(error: unknown, place: { readonly key: string; readonly root: string }): unknown {
  const code = (error as NodeJS.ErrnoException)?.code;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return fail.full({ root: place.root, reason: code }, error);
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return fail.conflict({ key: place.key }, error);
    case 'ENAMETOOLONG':
      return fail.keyInvalid({ key: place.key, reason: 'a part of it is too long for a file name' }, error);
    default:
      return error;
  }
}
