/** Large values under slash-separated keys. Keys are already checked: no `..`, no leading slash, no NUL. */
export interface Blobs {
  /** Where the blobs are, as a URI that a person can follow (`file:///…`, `s3://bucket/prefix`). */
  readonly root: string;
  /**
   * Stores the stream whole or not at all; readers never see a part. Resolves with the size in bytes. Bytes of the stream are not looked at any more once
   * the next are asked for: whoever makes the stream may use their memory again.
   *
   * @param expectedBytes the size where it is known before; it saves memory
   * @throws BLOB_STORE_FULL
   */
  put(key: string, body: AsyncIterable<Uint8Array>, expectedBytes?: number): Promise<number>;
  /** Bytes from `start` to before `end`. @throws BLOB_NOT_FOUND when first read */
  get(key: string, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  /**
   * Size of a blob, and all its bytes where they are no more than `most`; undefined where there is none. The bytes belong to the caller. Offered by stores
   * where this costs less than asking and then reading.
   */
  whole?(key: string, most: number): Promise<{ readonly size: number; readonly bytes?: Uint8Array } | undefined>;
  /** Size in bytes and time of the last change (ms), or undefined where there is none. */
  stat(key: string): Promise<BlobInfo | undefined>;
  /** All keys that begin with `prefix`, in any order. */
  list(prefix: string): AsyncIterable<BlobInfo>;
  /** What is directly in a folder: blobs, and folders that hold something. @param folder empty, or ends with a slash */
  entries(folder: string): AsyncIterable<BlobInfo | BlobFolder>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
  /** Offered by stores that callers can reach by themselves. */
  readonly direct?: DirectBlobs;
}

/** Further stores beside the one that keeps what this server receives. */
export interface BlobPlaces {
  /** The store at a URI (`s3://bucket/prefix`). @throws BLOB_STORE_REFUSED, BLOB_STORE_UNAVAILABLE */
  at(root: string): Promise<Blobs>;
  close(): Promise<void>;
}

export interface BlobInfo {
  readonly key: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/** Several keys that go on alike up to a slash; `folder` ends with it. */
export interface BlobFolder {
  readonly folder: string;
}

/** An HTTP request that anybody may make until it expires; `headers` must be sent as they are. */
export interface SignedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One uploaded part of a multipart upload; parts count from 1. */
export interface UploadedPart {
  readonly partNumber: number;
  readonly etag: string;
}

/** Access past this process: URLs signed for one key and a time in seconds (1 to 604,800), and uploads in parts by them. */
export interface DirectBlobs {
  /** GET of a blob, saved by browsers under `fileName`. It is not looked up whether the blob exists. */
  signRead(key: string, options: { readonly expiresSeconds: number; readonly fileName: string }): Promise<SignedRequest>;
  /** PUT of a whole blob of this content type. */
  signWrite(key: string, options: { readonly expiresSeconds: number; readonly contentType: string }): Promise<SignedRequest>;
  /** Begins an upload of `parts` parts (1 to 10,000): one signed PUT for each, in order. */
  beginParts(key: string, options: { readonly parts: number; readonly expiresSeconds: number }): Promise<PartsUpload>;
  /** Makes the parts one blob, visible from then on. @throws BLOB_UPLOAD_INVALID for an unknown upload or wrong parts */
  completeParts(key: string, uploadId: string, parts: readonly UploadedPart[]): Promise<void>;
  /** Forgets the parts; an upload that is unknown is no error. */
  abortParts(key: string, uploadId: string): Promise<void>;
}

export interface PartsUpload {
  readonly uploadId: string;
  readonly requests: readonly SignedRequest[];
}
