/** Large values under slash-separated keys. Keys are already checked: no `..`, no leading slash, no NUL. */
export interface Blobs {
  /** Where the blobs are, as a URI that a person can follow (`file:///…`). */
  readonly root: string;
  /** Stores the stream whole or not at all; readers never see a part. Resolves with the size in bytes. @throws BLOB_STORE_FULL */
  put(key: string, body: AsyncIterable<Uint8Array>): Promise<number>;
  /** Bytes from `start` to before `end`. @throws BLOB_NOT_FOUND when first read */
  get(key: string, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  /** Size in bytes and time of the last change (ms), or undefined where there is none. */
  stat(key: string): Promise<BlobInfo | undefined>;
  /** All keys that begin with `prefix`, in any order. */
  list(prefix: string): AsyncIterable<BlobInfo>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

export interface BlobInfo {
  readonly key: string;
  readonly size: number;
  readonly modifiedMs: number;
}
