import { closeSync, constants, fsync as fsyncFile, open as openFile, write as writeBytes } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const [open, write, fsync] = [promisify(openFile), promisify(writeBytes), promisify(fsyncFile)];

/** Parts of a body are gathered to pieces of this size: a write is a trip to another thread, which costs as much as copying some 100 KB. */
const PIECE_BYTES = 1024 * 1024;
/** A body that comes in parts like this will be long. */
const LARGE_PART_BYTES = 16 * 1024;

/** A new file with what comes, and where it comes from being full or broken. */
export interface NewFile {
  readonly path: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Where it is known before; it saves memory. */
  readonly expectedBytes: number;
  /** What a failed system call means; failures of the body itself are left as they are. */
  readonly translate: (error: unknown) => unknown;
}

/** Writes a file and waits until it is on the disk. Resolves with its size. */
export async function writeFile({ path, body, expectedBytes, translate }: NewFile): Promise<number> {
  // A disk has no room for a new name, too, when it is out of inodes.
  const fd = await open(path, 'wx').catch((error: unknown) => {
    throw translate(error);
  });
  let size = 0;
  const disk = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      throw translate(error);
    });
  };
  const pieces = new Pieces(expectedBytes);
  try {
    for await (const bytes of body) {
      size += bytes.length;
      for (const piece of pieces.add(bytes)) await disk(writeAll(fd, piece));
    }
    await disk(writeAll(fd, pieces.rest()));
    await disk(fsync(fd));
  } finally {
    // Nothing waits to be written any more, or nobody wants it: this takes no time.
    closeSync(fd);
    pieces.free();
  }
  return size;
}

async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await write(fd, bytes, at, bytes.length - at)).bytesWritten;
}

/** Waits until a folder's names are on the disk. One that has gone meanwhile needs no waiting. */
export async function syncFolderOf(path: string): Promise<void> {
  const fd = await open(dirname(path), constants.O_RDONLY).catch(() => undefined);
  if (fd === undefined) return;
  try {
    await fsync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Copies what it is given: a part is not touched after the next one was asked for. */
class Pieces {
  /** Small files are many: memory for a whole piece is taken when there is more than a part. */
  #memory: Buffer = Buffer.allocUnsafe(0);
  #used = 0;
  readonly #expectedBytes: number;

  constructor(expectedBytes: number) {
    this.#expectedBytes = expectedBytes;
  }

  /** @returns full pieces, each to be used before the next is asked for */
  *add(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#memory.length < PIECE_BYTES && this.#used + bytes.length - at > this.#memory.length) this.#grow(bytes.length - at);
      const part = bytes.subarray(at, at + this.#memory.length - this.#used);
      this.#memory.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === PIECE_BYTES) yield this.rest();
    }
  }

  rest(): Uint8Array {
    const full = this.#memory.subarray(0, this.#used);
    this.#used = 0;
    return full;
  }

  /** Memory outside V8's heap that waits to be collected makes V8 collect the whole heap more often. */
  free(): void {
    const { buffer } = this.#memory;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === this.#memory.length) buffer.transfer(0);
  }

  /** What a caller says of the size is believed only as far as parts of such a body come. */
  #grow(by: number): void {
    const enough = Math.max(this.#used + by, Math.min(PIECE_BYTES, this.#expectedBytes));
    const isLong = by >= LARGE_PART_BYTES;
    const larger = Buffer.allocUnsafeSlow(
      isLong && this.#expectedBytes === 0 ? PIECE_BYTES : Math.min(PIECE_BYTES, isLong ? enough : 2 * (this.#used + by)),
    );
    this.#memory.copy(larger, 0, 0, this.#used);
    this.free();
    this.#memory = larger;
  }
}
