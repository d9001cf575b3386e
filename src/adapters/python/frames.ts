import type { Readable, Writable } from 'node:stream';

/** Larger answers end the connection: a length that no model has is a stream out of step. */
const MAX_FRAME_BYTES = 512 * 2 ** 20;

/** Writes one frame: its length in four bytes, little endian, and JSON. */
export function writeFrame(stream: Writable, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  stream.write(head);
  stream.write(body);
}

/** Calls `take` with each frame that comes, `broken` once where the bytes are none. */
export function readFrames(stream: Readable, take: (value: unknown) => void, broken: () => void): void {
  let parts: Buffer[] = [];
  let have = 0;
  const joined = (): Buffer => {
    const whole = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    parts = [whole];
    return whole;
  };
  stream.on('data', (part: Buffer) => {
    parts.push(part);
    have += part.length;
    while (have >= 4) {
      const first = parts[0] as Buffer;
      const length = (first.length >= 4 ? first : joined()).readUInt32LE(0);
      if (length > MAX_FRAME_BYTES) {
        broken();
        return;
      }
      if (have < 4 + length) return;
      const whole = joined();
      parts = [whole.subarray(4 + length)];
      have -= 4 + length;
      try {
        take(JSON.parse(whole.toString('utf8', 4, 4 + length)));
      } catch {
        broken();
        return;
      }
    }
  });
}
