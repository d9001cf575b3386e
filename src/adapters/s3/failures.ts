import { KnownError } from '#kernel/errors.ts';
import { fail } from '#ports/blob-errors.ts';

/** Where a request went, for the sentence about its failure. */
export interface Place {
  readonly root: string;
  readonly key: string;
}

interface VendorError {
  readonly name?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const MISSING = new Set(['NoSuchKey', 'NotFound', 'NoSuchVersion']);
const FULL = new Set(['XMinioStorageFull', 'QuotaExceeded', 'XMinioAdminBucketQuotaExceeded']);
const CONFLICTS = new Set(['XMinioParentIsObject', 'XMinioObjectExistsAsDirectory']);
const BAD_KEYS = new Set(['KeyTooLongError', 'XMinioInvalidObjectName', 'XMinioInvalidResourceName']);
const BAD_UPLOADS = new Set(['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'MalformedXML']);
const TRANSIENT = new Set([
  'TimeoutError',
  'SlowDown',
  'RequestTimeout',
  'Throttling',
  'ThrottlingException',
  'XMinioServerNotInitialized',
]);

/** Failures that the operator has to mend, in words that say how. */
const REFUSALS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket does not exist; make it, or set blobs.create_bucket to have it made at the start',
  AccessDenied: 'access is denied; the credentials need s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket',
  AllAccessDisabled: 'access to the bucket is disabled',
  InvalidAccessKeyId: 'the access key is unknown there',
  SignatureDoesNotMatch: 'the secret key does not belong to the access key',
  ExpiredToken: 'the session token has expired',
  ExpiredTokenException: 'the session token has expired',
  InvalidToken: 'the session token is not valid',
  RequestTimeTooSkewed: "this machine's clock is wrong",
  PermanentRedirect: 'the bucket is in another region; set AWS_REGION',
  AuthorizationHeaderMalformed: 'the region is wrong; set AWS_REGION to that of the bucket',
  IllegalLocationConstraintException: 'the bucket is in another region; set AWS_REGION',
  InvalidBucketName: 'the name of the bucket is not valid',
  CredentialsProviderError: 'no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
};

/** What a failed request to the store means. Errors that are known already stay as they are. */
export function translated(error: unknown, { root, key }: Place): unknown {
  if (error instanceof KnownError) return error;
  const { name = '', Code, code, message = '', $metadata } = error as VendorError;
  const said = [Code, name, code].filter((each): each is string => each !== undefined && each !== '');
  const isIn = (set: ReadonlySet<string>): boolean => said.some((each) => set.has(each));
  const status = $metadata?.httpStatusCode;
  const refusal = said.map((each) => REFUSALS[each]).find((each) => each !== undefined);
  if (refusal !== undefined) return fail.refused({ root, reason: refusal }, error);
  if (message.startsWith('Region is missing')) return fail.refused({ root, reason: 'no region is known; set AWS_REGION' }, error);
  if (isIn(FULL)) return fail.full({ root, reason: said[0] as string }, error);
  if (isIn(CONFLICTS)) return fail.conflict({ key }, error);
  if (isIn(BAD_KEYS)) return fail.keyInvalid({ key, reason: message }, error);
  if (isIn(BAD_UPLOADS)) return fail.uploadInvalid({ key, reason: `${said[0]}: ${message}` }, error);
  if (isIn(MISSING) || status === 404) return fail.notFound({ key }, error);
  if (/^Exceeded \d+ parts/u.test(message)) return fail.tooLarge({ key, reason: 'it has more than 10,000 parts' }, error);
  if (isIn(TRANSIENT) || status === 429 || (status ?? 0) >= 500 || isNetworkFailure(error as VendorError))
    return fail.unavailable({ root, reason: code ?? name }, error);
  // HEAD answers have no body, and so no code.
  if (status === 401 || status === 403) return fail.refused({ root, reason: REFUSALS['AccessDenied'] as string }, error);
  return error;
}

function isNetworkFailure({ code = '', name = '' }: VendorError): boolean {
  return /^(?:E[A-Z_]{3,}|UND_ERR_\w+)$/u.test(code) || name === 'AggregateError' || name === 'AbortError';
}
