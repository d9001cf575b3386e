import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { KnownError } from '#kernel/errors.ts';
import { checkKey } from '#ports/blob-keys.ts';
import type { DirectBlobs, SignedRequest } from '#ports/blobs.ts';
import type { Bucket } from './blobs.ts';
import { translated } from './failures.ts';

/** Signatures take a fraction of a millisecond each: after so many, others get their turn. */
const SIGNED_AT_ONCE = 50;

/** A store may take its time to join many parts. */
const JOINING_MS = 120_000;

/** Access past this process. @param signer a client whose endpoint callers can reach */
export function directBlobs(at: Bucket, signer: S3Client): DirectBlobs {
  const target = (key: string): { Bucket: string; Key: string } => {
    checkKey(key);
    return { Bucket: at.bucket, Key: at.prefix + key };
  };
  const guarded = async <R>(key: string, work: () => Promise<R>): Promise<R> => {
    try {
      return await work();
    } catch (error) {
      throw translated(error, { root: at.root, key });
    }
  };
  return {
    signRead: (key, { expiresSeconds, fileName }) =>
      guarded(key, async () => {
        const command = new GetObjectCommand({ ...target(key), ResponseContentDisposition: attachment(fileName) });
        return { url: await getSignedUrl(signer, command, { expiresIn: expiresSeconds }), headers: {} };
      }),
    signWrite: (key, { expiresSeconds, contentType }) =>
      guarded(key, async () => {
        const command = new PutObjectCommand({ ...at.uploadArgs, ...target(key), ContentType: contentType });
        const url = await getSignedUrl(signer, command, { expiresIn: expiresSeconds, signableHeaders: new Set(['content-type']) });
        return { url, headers: { 'Content-Type': contentType } };
      }),
    beginParts: (key, { parts, expiresSeconds }) =>
      guarded(key, async () => {
        const { UploadId = '' } = await at.client.send(new CreateMultipartUploadCommand({ ...at.uploadArgs, ...target(key) }));
        const requests: SignedRequest[] = [];
        for (let part = 1; part <= parts; part++) {
          const command = new UploadPartCommand({ ...target(key), UploadId, PartNumber: part });
          requests.push({ url: await getSignedUrl(signer, command, { expiresIn: expiresSeconds }), headers: {} });
          if (part % SIGNED_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        return { uploadId: UploadId, requests };
      }),
    completeParts: (key, uploadId, parts) =>
      guarded(key, async () => {
        const Parts = [...parts]
          .sort((a, b) => a.partNumber - b.partNumber)
          .map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }));
        const command = new CompleteMultipartUploadCommand({ ...target(key), UploadId: uploadId, MultipartUpload: { Parts } });
        await at.client.send(command, { requestTimeout: JOINING_MS });
      }),
    abortParts: async (key, uploadId) => {
      try {
        await guarded(key, () => at.client.send(new AbortMultipartUploadCommand({ ...target(key), UploadId: uploadId })));
      } catch (error) {
        const isUnknown = error instanceof KnownError && ['BLOB_UPLOAD_INVALID', 'BLOB_NOT_FOUND'].includes(error.spec.code);
        if (!isUnknown) throw error;
      }
    },
  };
}

/** RFC 6266 with RFC 5987 for names beyond ASCII. */
function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/gu, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(fileName)}`;
}
