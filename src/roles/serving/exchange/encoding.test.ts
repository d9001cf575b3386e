import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Intake } from '#http/limits/intake.ts';
import { codingFor, decoded, encoded } from './encoding.ts';

const roomFor = (limit: number) => ({ limit, account: new Intake().open() });
const text = Buffer.from('a'.repeat(5000));

test('bodies come in gzip, deflate (either kind), br, or two of them', async () => {
  expect(await decoded(gzipSync(text), 'gzip', roomFor(10_000))).toEqual(text);
  expect(await decoded(gzipSync(text), ' X-Gzip ', roomFor(10_000))).toEqual(text);
  expect(await decoded(deflateSync(text), 'deflate', roomFor(10_000))).toEqual(text);
  expect(await decoded(deflateRawSync(text), 'deflate', roomFor(10_000))).toEqual(text);
  expect(await decoded(brotliCompressSync(gzipSync(text)), 'gzip, br', roomFor(10_000))).toEqual(text);
  expect(await decoded(text, 'identity', roomFor(10_000))).toEqual(text);
});

test('a small body that swells is refused, and so is what is not what it says', async () => {
  const status = (work: Promise<unknown>) => expect(work).rejects.toHaveProperty('spec.status');
  await expect(decoded(gzipSync(text), 'gzip', roomFor(4_999))).rejects.toHaveProperty('spec.status', 413);
  await expect(decoded(text, 'gzip', roomFor(10_000))).rejects.toHaveProperty('spec.status', 400);
  await expect(decoded(Buffer.alloc(0), 'br', roomFor(10_000))).rejects.toHaveProperty('spec.status', 400);
  await expect(decoded(text, 'zstd', roomFor(10_000))).rejects.toHaveProperty('spec.status', 415);
  await status(decoded(gzipSync(text).subarray(0, 20), 'gzip', roomFor(10_000)));
});

test('answers are compressed as the caller likes best', async () => {
  expect(codingFor(undefined)).toBeUndefined();
  expect(codingFor('identity')).toBeUndefined();
  expect(codingFor('gzip, deflate, br')).toBe('gzip');
  expect(codingFor('gzip;q=0.5, br')).toBe('br');
  expect(codingFor('gzip;q=0, *;q=0.1')).toBe('br');
  expect(codingFor('deflate')).toBe('deflate');
  for (const coding of ['gzip', 'br', 'deflate'] as const)
    expect(await decoded(await encoded(text.toString(), coding), coding, roomFor(10_000))).toEqual(text);
});
