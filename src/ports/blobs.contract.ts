import { describe, expect, test } from 'vitest';
import type { Blobs } from './blobs.ts';

async function* bytes(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function text(content: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(content)).toString();
}

async function keys(blobs: Blobs, prefix: string): Promise<string[]> {
  return (await Array.fromAsync(blobs.list(prefix), ({ key }) => key)).sort();
}

/** A store that is closed and removed at the end of a test. */
export interface OpenedBlobs extends AsyncDisposable {
  readonly blobs: Blobs;
}

/** Every adapter of the blobs port behaves like this. `open` gives a fresh, empty store. */
export function blobsContract(name: string, open: () => Promise<OpenedBlobs>): void {
  describe(`blobs: ${name}`, () => {
    test('what was put is read back, whole and by range', async () => {
      await using opened = await open();
      const { blobs } = opened;
      expect(await blobs.put('a/b.bin', bytes('hello ', 'world'))).toBe(11);
      expect(await text(blobs.get('a/b.bin'))).toBe('hello world');
      expect(await text(blobs.get('a/b.bin', { start: 6, end: 11 }))).toBe('world');
      expect(await text(blobs.get('a/b.bin', { start: 0, end: 1 }))).toBe('h');
      expect(await text(blobs.get('a/b.bin', { start: 6, end: 1000 }))).toBe('world');
      expect(await text(blobs.get('a/b.bin', { start: 4, end: 4 }))).toBe('');
      expect(await text(blobs.get('a/b.bin', { start: 400, end: 500 }))).toBe('');
    });

    test('a short blob is read at once where the store offers it; of a long one only the size is told', async () => {
      await using opened = await open();
      const { blobs } = opened;
      if (!blobs.whole) return;
      await blobs.put('a/b', bytes('hello'), 5);
      await blobs.put('empty', bytes());
      expect(Buffer.from((await blobs.whole('a/b', 5))?.bytes ?? []).toString()).toBe('hello');
      expect(await blobs.whole('a/b', 4)).toEqual({ size: 5 });
      expect((await blobs.whole('empty', 5))?.bytes).toHaveLength(0);
      for (const key of ['a', 'a/c', 'a/b/c']) expect(await blobs.whole(key, 5)).toBeUndefined();
    });

    test('an empty blob is a blob', async () => {
      await using opened = await open();
      expect(await opened.blobs.put('empty', bytes())).toBe(0);
      expect(await text(opened.blobs.get('empty'))).toBe('');
      expect(await opened.blobs.stat('empty')).toMatchObject({ key: 'empty', size: 0 });
    });

    test('a large blob comes back byte by byte', async () => {
      await using opened = await open();
      const part = Buffer.alloc(1_000_003, 'trainyard');
      expect(await opened.blobs.put('big', bytes(part, part, part))).toBe(3 * part.length);
      const back = Buffer.concat(await Array.fromAsync(opened.blobs.get('big')));
      expect(back.equals(Buffer.concat([part, part, part]))).toBe(true);
      const middle = Buffer.concat(await Array.fromAsync(opened.blobs.get('big', { start: 999_999, end: 1_000_009 })));
      expect(middle.equals(back.subarray(999_999, 1_000_009))).toBe(true);
    });

    test('a stream may use the memory of its parts again', async () => {
      await using opened = await open();
      const memory = Buffer.alloc(300_000);
      const parts = async function* (): AsyncGenerator<Uint8Array> {
        for (const letter of 'abcdefg') yield memory.fill(letter);
        yield memory.fill('h').subarray(0, 7);
      };
      await opened.blobs.put('again', parts());
      const expected = [...'abcdefg'].map((letter) => letter.repeat(memory.length)).join('');
      expect((await text(opened.blobs.get('again'))) === `${expected}hhhhhhh`).toBe(true);
    });

    test('an upload that fails half-way leaves nothing behind, and keeps what was there before', async () => {
      await using opened = await open();
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half');
        throw new Error('cut off');
      };
      await expect(opened.blobs.put('x/y', broken())).rejects.toThrow('cut off');
      expect(await keys(opened.blobs, '')).toEqual([]);
      await opened.blobs.put('x/y', bytes('old'));
      await expect(opened.blobs.put('x/y', broken())).rejects.toThrow('cut off');
      expect(await text(opened.blobs.get('x/y'))).toBe('old');
    });

    test('an upload is invisible until it is whole, then it replaces what was there', async () => {
      await using opened = await open();
      const { blobs } = opened;
      await blobs.put('k', bytes('old'));
      const seen: string[] = [];
      const watched = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('new ');
        seen.push(await text(blobs.get('k')), ...(await keys(blobs, '')));
        yield Buffer.from('content');
      };
      await blobs.put('k', watched());
      expect(seen).toEqual(['old', 'k']);
      expect(await text(blobs.get('k'))).toBe('new content');
    });

    test('what is not there is an error when read, and nothing when asked for', async () => {
      await using opened = await open();
      const { blobs } = opened;
      await blobs.put('dir/file', bytes('x'));
      for (const key of ['nope', 'dir', 'dir/file/deeper']) {
        await expect(text(blobs.get(key))).rejects.toMatchObject({ name: 'BLOB_NOT_FOUND' });
        expect(await blobs.stat(key)).toBeUndefined();
        await blobs.delete(key);
      }
      expect(await keys(blobs, '')).toEqual(['dir/file']);
    });

    test('size and time of change are told', async () => {
      await using opened = await open();
      const before = Date.now();
      await opened.blobs.put('a', bytes('four'));
      const info = await opened.blobs.stat('a');
      expect(info).toMatchObject({ key: 'a', size: 4 });
      expect(Math.abs(info!.modifiedMs - before)).toBeLessThan(60_000);
    });

    test('a listing goes by prefix, not by folder', async () => {
      await using opened = await open();
      const { blobs } = opened;
      for (const key of ['a/b/1', 'a/b/2', 'a/bc', 'ab', 'z/ü ?#%.txt']) await blobs.put(key, bytes(key));
      expect(await keys(blobs, '')).toEqual(['a/b/1', 'a/b/2', 'a/bc', 'ab', 'z/ü ?#%.txt']);
      expect(await keys(blobs, 'a/b')).toEqual(['a/b/1', 'a/b/2', 'a/bc']);
      expect(await keys(blobs, 'a/b/')).toEqual(['a/b/1', 'a/b/2']);
      expect(await keys(blobs, 'nope/')).toEqual([]);
      expect(await text(blobs.get('z/ü ?#%.txt'))).toBe('z/ü ?#%.txt');
      expect(await Array.fromAsync(blobs.list('ab'), ({ size }) => size)).toEqual([2]);
    });

    test('a folder is listed without what is deeper', async () => {
      await using opened = await open();
      const { blobs } = opened;
      for (const key of ['a/b/1', 'a/b/2', 'a/bc', 'ab', 'a/ü d/x']) await blobs.put(key, bytes(key));
      const entries = async (folder: string): Promise<string[]> =>
        (await Array.fromAsync(blobs.entries(folder), (each) => ('folder' in each ? each.folder : `${each.key} ${each.size}`))).sort();
      expect(await entries('')).toEqual(['a/', 'ab 2']);
      expect(await entries('a/')).toEqual(['a/b/', 'a/bc 4', 'a/ü d/']);
      expect(await entries('a/b/')).toEqual(['a/b/1 5', 'a/b/2 5']);
      expect(await entries('nope/')).toEqual([]);
    });

    test('what was deleted is gone, and deleting again is no error', async () => {
      await using opened = await open();
      const { blobs } = opened;
      await blobs.put('a/b/c', bytes('1'));
      await blobs.put('a/d', bytes('2'));
      await blobs.delete('a/b/c');
      await blobs.delete('a/b/c');
      expect(await keys(blobs, '')).toEqual(['a/d']);
      await blobs.put('a/b/c', bytes('3'));
      expect(await text(blobs.get('a/b/c'))).toBe('3');
    });

    test('many uploads of one key at once leave one of them whole', async () => {
      await using opened = await open();
      const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(10_000));
      await Promise.all(contents.map((c) => opened.blobs.put('same', bytes(c))));
      expect(contents).toContain(await text(opened.blobs.get('same')));
      expect(await keys(opened.blobs, '')).toEqual(['same']);
    });

    test('a reader that stops early does no harm', async () => {
      await using opened = await open();
      await opened.blobs.put('a', bytes(Buffer.alloc(2_000_000)));
      for await (const part of opened.blobs.get('a')) {
        expect(part.length).toBeGreaterThan(0);
        break;
      }
      expect(await opened.blobs.stat('a')).toMatchObject({ size: 2_000_000 });
    });
  });
}
