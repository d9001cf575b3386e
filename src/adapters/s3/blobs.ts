import {
  type _Object,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { KnownError } from '#kernel/errors.ts';
import { backoffMs, pause } from '#kernel/retry.ts';
import { fail } from '#ports/blob-errors.ts';
import { checkKey, checkPrefix } from '#ports/blob-keys.ts';
import type { BlobFolder, BlobInfo, Blobs, DirectBlobs } from '#ports/blobs.ts';
import { translated } from './failures.ts';
import { upload } from './upload.ts';

/** A place in a bucket; `prefix` is empty or ends with a slash. */
export interface Bucket {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
  /** `s3://bucket/prefix` */
  readonly root: string;
  /** Further parameters of every upload, such as `ServerSideEncryption`. */
  readonly uploadArgs: Readonly<Record<string, string>>;
}

/** How often a download that breaks off is taken up again where it stopped, without a byte in between. */
const RESUMES = 4;

/** Blobs as objects of a bucket. */
export class S3Blobs implements Blobs {
  readonly root: string;
  readonly direct: DirectBlobs;
  readonly #at: Bucket;

  constructor(at: Bucket, direct: DirectBlobs) {
    this.#at = at;
    this.root = at.root;
    this.direct = direct;
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, expectedBytes = 0): Promise<number> {
    const { client, uploadArgs } = this.#at;
    const place = { client, uploadArgs, target: this.#target(key), failure: (error: unknown) => this.#failure(error, key) };
    return upload(place, body, expectedBytes);
  }

  async *get(key: string, range?: { readonly start: number; readonly end: number }): AsyncGenerator<Uint8Array> {
    const target = this.#target(key);
    let start = Math.max(0, range?.start ?? 0);
    const end = range?.end ?? Number.POSITIVE_INFINITY;
    if (start >= end) {
      if ((await this.stat(key)) === undefined) throw fail.notFound({ key });
      return;
    }
    let version: string | undefined;
    for (let failures = 0; ; ) {
      try {
        const found = await this.#open(target, { start, end, version });
        if (found === undefined) return;
        version ??= found.version;
        for await (const bytes of found.body) {
          yield bytes;
          start += bytes.length;
          failures = 0;
        }
        return;
      } catch (error) {
        const known = this.#failure(error, key);
        if (!isUnavailable(known) || version === undefined || ++failures > RESUMES) throw known;
        await pause(backoffMs(failures, { baseMs: 100, maxMs: 3000 }));
      }
    }
  }

  async #open(
    target: { Bucket: string; Key: string },
    { start, end, version }: { start: number; end: number; version: string | undefined },
  ): Promise<{ body: AsyncIterable<Uint8Array>; version: string | undefined } | undefined> {
    const last = Number.isFinite(end) ? String(end - 1) : '';
    const range = start === 0 && last === '' ? {} : { Range: `bytes=${start}-${last}` };
    try {
      const answer = await this.#at.client.send(
        new GetObjectCommand({ ...target, ...range, ...(version === undefined ? {} : { IfMatch: version }) }),
      );
      return { body: answer.Body as AsyncIterable<Uint8Array>, version: answer.ETag };
    } catch (error) {
      // A range that begins behind the end holds nothing.
      if ((error as { name?: string }).name === 'InvalidRange') return undefined;
      throw error;
    }
  }

  async stat(key: string): Promise<BlobInfo | undefined> {
    try {
      const found = await this.#at.client.send(new HeadObjectCommand(this.#target(key)));
      return { key, size: found.ContentLength ?? 0, modifiedMs: found.LastModified?.getTime() ?? 0 };
    } catch (error) {
      const known = this.#failure(error, key);
      if (known instanceof KnownError && known.spec.code === 'BLOB_NOT_FOUND') return undefined;
      throw known;
    }
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    checkPrefix(prefix);
    const { client, bucket, prefix: base } = this.#at;
    const pages: AsyncIterable<ListObjectsV2CommandOutput> = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: base + prefix });
    try {
      for await (const { Contents = [] } of pages) {
        // Some tools mark folders by empty objects whose key ends with a slash.
        for (const object of Contents) if (!object.Key?.endsWith('/')) yield infoOf(object, base);
      }
    } catch (error) {
      throw this.#failure(error, prefix);
    }
  }

  async *entries(folder: string): AsyncGenerator<BlobInfo | BlobFolder> {
    checkPrefix(folder);
    const { client, bucket, prefix: base } = this.#at;
    const query = { Bucket: bucket, Prefix: base + folder, Delimiter: '/' };
    const pages: AsyncIterable<ListObjectsV2CommandOutput> = paginateListObjectsV2({ client }, query);
    try {
      for await (const { Contents = [], CommonPrefixes = [] } of pages) {
        for (const { Prefix = '' } of CommonPrefixes) yield { folder: Prefix.slice(base.length) };
        for (const object of Contents) if (!object.Key?.endsWith('/')) yield infoOf(object, base);
      }
    } catch (error) {
      throw this.#failure(error, folder);
    }
  }

  async delete(key: string): Promise<void> {
    try {
      await this.#at.client.send(new DeleteObjectCommand(this.#target(key)));
    } catch (error) {
      const known = this.#failure(error, key);
      if (!(known instanceof KnownError && known.spec.code === 'BLOB_NOT_FOUND')) throw known;
    }
  }

  async close(): Promise<void> {
    this.#at.client.destroy();
  }

  #target(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    return { Bucket: this.#at.bucket, Key: this.#at.prefix + key };
  }

  #failure(error: unknown, key: string): unknown {
    return translated(error, { root: this.#at.root, key });
  }
}

function infoOf({ Key = '', Size = 0, LastModified }: _Object, base: string): BlobInfo {
  return { key: Key.slice(base.length), size: Size, modifiedMs: LastModified?.getTime() ?? 0 };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof KnownError && error.spec.code === 'BLOB_STORE_UNAVAILABLE';
}
