import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTar, type TarFile, tarSize, writeTar } from './tar.ts';

const file = (path: string, content: string): TarFile => ({
  path,
  size: Buffer.byteLength(content),
  body: async function* () {
    yield Buffer.from(content);
  },
});

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const packed = async (files: readonly TarFile[]) => Buffer.concat(await Array.fromAsync(writeTar(files, 1_700_000_000_000)));

async function unpacked(bytes: AsyncIterable<Uint8Array>): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const { path, body } of readTar(bytes)) found.push([path, Buffer.concat(await Array.fromAsync(body)).toString()]);
  return found;
}

test('what was packed is unpacked, whatever the names and pieces', async () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 130 }).filter((text) => !/[\0\n]/u.test(text) && text.isWellFormed());
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, fc.string({ maxLength: 1500 })), { maxLength: 5 }),
      fc.integer({ min: 1, max: 2000 }),
      async (all, size) => {
        const wanted = all.map(([path, content]): [string, string] => [path, Buffer.from(content).toString()]);
        const files = wanted.map(([path, content]) => file(path, content));
        const bytes = await packed(files);
        expect(bytes.length).toBe(tarSize(files));
        expect(await unpacked(inPieces(bytes, size))).toEqual(wanted);
      },
    ),
    { numRuns: 60 },
  );
});

test('other programs read it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-tar-'));
  const long = `${'d/'.repeat(60)}größe.txt`;
  await writeFile(join(folder, 'x.tar'), await packed([file('a.txt', 'one'), file(long, 'two')]));
  execFileSync('tar', ['-xf', 'x.tar'], { cwd: folder });
  expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('one');
  expect(await readFile(join(folder, long), 'utf8')).toBe('two');
  await rm(folder, { recursive: true });
});

test('a cut or foreign archive, and a file of another size, are failures', async () => {
  const bytes = await packed([file('a.txt', 'x'.repeat(2000))]);
  await expect(unpacked(inPieces(bytes.subarray(0, 1500), 100))).rejects.toThrow('ends too early');
  await expect(unpacked(inPieces(Buffer.alloc(600, 'html'), 100))).rejects.toThrow('no tar archive');
  await expect(packed([{ ...file('a.txt', 'abc'), size: 2 }])).rejects.toThrow('not of the size');
});
