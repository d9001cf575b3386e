import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

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
  full: {
    code: 'BLOB_STORE_FULL',
    status: 507,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: ({ root, reason }) =>
      `The file store ${root} has no space left (${reason}); nothing was kept of the upload. Free disk space and send it again.`,
  } satisfies ErrorSpec<{ root: string; reason: string }>,
});

/** What a failed system call means for the caller of `put`. */
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
