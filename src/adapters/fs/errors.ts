import { fail } from '#ports/blob-errors.ts';

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
