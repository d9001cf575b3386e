import { CreateBucketCommand, ListObjectsV2Command, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { KnownError } from '#kernel/errors.ts';
import { fail, specs } from '#ports/blob-errors.ts';
import { checkPrefix } from '#ports/blob-keys.ts';
import type { Blobs } from '#ports/blobs.ts';
import { type Bucket, S3Blobs } from './blobs.ts';
import { directBlobs } from './direct.ts';
import { translated } from './failures.ts';

export interface S3Options {
  /** `s3://bucket` or `s3://bucket/prefix` */
  readonly root: string;
  /** Address of a store that is not AWS; buckets are then a part of the path. Empty for AWS. */
  readonly endpoint?: string;
  /** Address under which callers reach the same store, where it is another one; used in signed URLs. */
  readonly publicEndpoint?: string;
  /** Take any certificate. */
  readonly ignoreTls?: boolean;
  /** Empty: from the AWS profile. */
  readonly region?: string;
  /** Make the bucket where it is missing. */
  readonly createBucket?: boolean;
  /** Tries of a request in all. */
  readonly attempts?: number;
  /** How long a try may take until the answer begins, milliseconds; those that send parts of a file have 120 s. */
  readonly answerMs?: number;
  /** Told that the bucket does not answer, which then is no failure: for a bucket that answered at an earlier start. Requests find out when it is back. */
  readonly onSilent?: (error: KnownError) => void;
  /** Further parameters of uploads, by their names in the S3 API. */
  readonly uploadArgs?: Readonly<Record<string, string>>;
}

/** A store that is not AWS rarely minds the region, but a signature needs one. */
const REGION_OF_OTHERS = 'us-east-1';

/**
 * Blobs in a bucket; resolves when the bucket answers. Credentials come from the usual places (environment, profile, container, instance).
 *
 * @throws BLOB_STORE_REFUSED with what to mend, BLOB_STORE_UNAVAILABLE
 */
export async function openS3Blobs(options: S3Options): Promise<Blobs> {
  const place = parseRoot(options.root);
  const client = new S3Client(clientConfig(options, options.endpoint));
  const at: Bucket = { ...place, client, uploadArgs: options.uploadArgs ?? {} };
  try {
    await ready(at, options);
  } catch (error) {
    const isSilent = error instanceof KnownError && error.spec === specs.unavailable;
    if (!isSilent || !options.onSilent) {
      client.destroy();
      throw error;
    }
    options.onSilent(error);
  }
  const signer = options.publicEndpoint ? new S3Client(clientConfig(options, options.publicEndpoint)) : client;
  return new S3Blobs(at, directBlobs(at, signer));
}

/** `s3://bucket/a/b` has the bucket `bucket` and the prefix `a/b/`. @throws BLOB_STORE_REFUSED */
export function parseRoot(root: string): { readonly bucket: string; readonly prefix: string; readonly root: string } {
  const [, bucket = '', path = ''] = /^s3a?:\/\/([^/]+)\/*(.*)$/su.exec(root) ?? [];
  if (bucket === '') throw fail.refused({ root, reason: 'its address must look like s3://bucket or s3://bucket/prefix' });
  const inner = path.replace(/\/+$/u, '');
  checkPrefix(inner);
  return { bucket, prefix: inner === '' ? '' : `${inner}/`, root: inner === '' ? `s3://${bucket}` : `s3://${bucket}/${inner}` };
}

function clientConfig({ region, attempts, answerMs, ignoreTls }: S3Options, endpoint: string | undefined): S3ClientConfig {
  const known = region || (endpoint ? REGION_OF_OTHERS : undefined);
  return {
    ...(endpoint ? { endpoint, forcePathStyle: true } : { followRegionRedirects: true }),
    ...(known ? { region: known } : {}),
    maxAttempts: attempts ?? 4,
    retryMode: 'standard',
    // Bodies are signed; the newer checksum trailers are unknown to many stores that are not AWS, and would bind signed URLs to an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 5000,
      // Until the answer begins. Bodies may take their time: they go as fast as the caller reads.
      requestTimeout: answerMs ?? 20_000,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: 256, keepAlive: true },
      httpsAgent: { maxSockets: 256, keepAlive: true, rejectUnauthorized: !ignoreTls },
    },
  };
}

/** A listing needs the bucket, the credentials and the region, and unlike HEAD it says what is wrong. */
async function ready(at: Bucket, { createBucket, endpoint, region }: S3Options): Promise<void> {
  const probe = () => at.client.send(new ListObjectsV2Command({ Bucket: at.bucket, Prefix: at.prefix, MaxKeys: 1 }));
  try {
    await probe().catch(async (error: unknown) => {
      if ((error as { name?: string }).name !== 'NoSuchBucket' || !createBucket) throw error;
      await create(at, endpoint || region === REGION_OF_OTHERS ? undefined : region);
      await probe();
    });
  } catch (error) {
    throw translated(error, { root: at.root, key: '' });
  }
}

async function create({ client, bucket }: Bucket, region: string | undefined): Promise<void> {
  const location = region ? { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } } : {};
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket, ...location }));
  } catch (error) {
    // Another process may have made it in the meantime.
    if ((error as { name?: string }).name !== 'BucketAlreadyOwnedByYou') throw error;
  }
}
