import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** Parts are sent three at a time while a fourth is filled: some 32 MB. */
const PARTS_AT_ONCE = 3;
const PART_BYTES = 8 * 1024 * 1024;
/** As many as S3 takes. Parts grow with their number, so that a file of unknown size may have 5 TB as S3 allows: 1,000 of 8 MB, 1,000 of 16 MB, … */
const MOST_PARTS = 10_000;
const PARTS_OF_A_SIZE = 1000;

/** A slow line needs its time for a part, and so does the store to join many of them. */
const SENDING_MS = 120_000;

interface Place {
  readonly client: S3Client;
  /** Bucket, key and further parameters. */
  readonly target: { readonly Bucket: string; readonly Key: string };
  readonly uploadArgs: Readonly<Record<string, string>>;
  /** Says what a failure of the store means; failures of the body pass untouched. */
  readonly failure: (error: unknown) => unknown;
}

interface Part {
  readonly memory: Buffer;
  readonly used: number;
  readonly last: boolean;
}

/** Stores a stream as one object, in one request or in parts, whole or not at all. Resolves with its size. */
export async function upload(place: Place, body: AsyncIterable<Uint8Array>, expectedBytes: number): Promise<number> {
  const free: Buffer[] = [];
  const firstBytes = expectedBytes > 0 && expectedBytes < PART_BYTES ? expectedBytes : PART_BYTES;
  const parts = partsOf(body, { free, firstBytes });
  const first = (await parts.next()).value as Part;
  if (!first.last) return inParts(place, { first, rest: parts, free });
  const command = new PutObjectCommand({ ...place.uploadArgs, ...place.target, Body: bytesOf(first) });
  await send(place, () => place.client.send(command, { requestTimeout: SENDING_MS }));
  return first.used;
}

interface Stream {
  readonly first: Part;
  readonly rest: AsyncGenerator<Part>;
  readonly free: Buffer[];
}

async function inParts(place: Place, { first, rest, free }: Stream): Promise<number> {
  const { client, target, uploadArgs } = place;
  const { UploadId } = await send(place, () => client.send(new CreateMultipartUploadCommand({ ...uploadArgs, ...target })));
  const stop = new AbortController();
  const done: { PartNumber: number; ETag: string | undefined }[] = [];
  const running = new Set<Promise<void>>();
  let [count, size] = [0, 0];
  let failed: { readonly error: unknown } | undefined;
  const begin = (part: Part): void => {
    const PartNumber = ++count;
    size += part.used;
    const command = new UploadPartCommand({ ...target, UploadId, PartNumber, Body: bytesOf(part) });
    const task = send(place, () => client.send(command, { abortSignal: stop.signal, requestTimeout: SENDING_MS })).then(({ ETag }) => {
      done.push({ PartNumber, ETag });
      free.push(part.memory);
      running.delete(task);
    });
    // It may fail while nobody waits for it but for more of the body.
    task.catch((error: unknown) => {
      failed ??= { error };
    });
    running.add(task);
  };
  try {
    begin(first);
    for await (const part of rest) {
      if (failed) throw failed.error;
      if (count === MOST_PARTS) throw place.failure(new Error(`Exceeded ${MOST_PARTS} parts`));
      begin(part);
      if (running.size >= PARTS_AT_ONCE) await Promise.race(running);
    }
    await Promise.all(running);
    const Parts = done.sort((a, b) => a.PartNumber - b.PartNumber);
    const command = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } });
    await send(place, () => client.send(command, { requestTimeout: SENDING_MS }));
  } catch (error) {
    stop.abort();
    await Promise.allSettled(running);
    // If the store is gone, its own rule for incomplete uploads has to clean up; what went wrong first is what counts.
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => {});
    throw error;
  }
  return size;
}

async function send<R>({ failure }: Place, request: () => Promise<R>): Promise<R> {
  try {
    return await request();
  } catch (error) {
    throw failure(error);
  }
}

const bytesOf = ({ memory, used }: Part): Buffer => memory.subarray(0, used);

/** Cuts a stream into parts; memory that was sent is filled again. There is always a last part, even if it is empty. */
async function* partsOf(
  body: AsyncIterable<Uint8Array>,
  { free, firstBytes }: { readonly free: Buffer[]; readonly firstBytes: number },
): AsyncGenerator<Part> {
  let memory: Buffer = Buffer.allocUnsafeSlow(firstBytes);
  let [used, count] = [0, 0];
  for await (const bytes of body) {
    for (let from = 0; from < bytes.length; ) {
      if (used === memory.length) {
        yield { memory, used, last: false };
        const wanted = PART_BYTES * (1 + Math.floor(++count / PARTS_OF_A_SIZE));
        memory = free.pop() ?? Buffer.allocUnsafeSlow(wanted);
        if (memory.length !== wanted) memory = Buffer.allocUnsafeSlow(wanted);
        used = 0;
      }
      const piece = bytes.subarray(from, from + memory.length - used);
      memory.set(piece, used);
      used += piece.length;
      from += piece.length;
    }
  }
  yield { memory, used, last: true };
}
