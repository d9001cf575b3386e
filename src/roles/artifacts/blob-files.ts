import type { Blobs, DirectBlobs } from '#ports/blobs.ts';
import { byPath, type Files, type Listed } from './files.ts';
import { joined } from './paths.ts';

/** A folder may hold very many files: not all are deleted at the same time. */
const DELETED_AT_ONCE = 32;

/** Most bytes of a file that are in memory at a time before its caller takes them. */
const READ_AT_ONCE = 1024 * 1024;

/** Files below a key of the blob store. */
export function blobFiles(blobs: Blobs, prefix: string): Files {
  const key = (path: string): string => joined(prefix, path);
  return {
    put: (path, body, expectedBytes) => blobs.put(key(path), body, expectedBytes),
    open: async (path) => {
      const found = blobs.whole ? await blobs.whole(key(path), READ_AT_ONCE) : await blobs.stat(key(path));
      if (found === undefined) return undefined;
      const bytes = 'bytes' in found ? found.bytes : undefined;
      return bytes ? { size: found.size, body: once(bytes), bytes } : { size: found.size, body: blobs.get(key(path)) };
    },
    size: async (path) => (await blobs.stat(key(path)))?.size,
    list: async (path) => {
      const folder = folderOf(key(path));
      const at = (name: string): string => joined(path, name.slice(folder.length).replace(/\/$/u, ''));
      const listed = await Array.fromAsync(blobs.entries(folder), (entry): Listed => {
        if ('folder' in entry) return { path: at(entry.folder), is_dir: true, file_size: null };
        return { path: at(entry.key), is_dir: false, file_size: entry.size };
      });
      return listed.sort(byPath);
    },
    delete: async (path) => {
      const keys = [key(path), ...(await Array.fromAsync(blobs.list(folderOf(key(path))), (info) => info.key))];
      while (keys.length > 0) await Promise.all(keys.splice(-DELETED_AT_ONCE).map((each) => blobs.delete(each)));
    },
    direct: async () => blobs.direct && directBelow(blobs.direct, key),
  };
}

/** What the keys of a folder's files begin with. */
function folderOf(key: string): string {
  return key === '' ? '' : `${key}/`;
}

function directBelow(direct: DirectBlobs, key: (path: string) => string): DirectBlobs {
  return {
    signRead: (path, options) => direct.signRead(key(path), options),
    signWrite: (path, options) => direct.signWrite(key(path), options),
    beginParts: (path, options) => direct.beginParts(key(path), options),
    completeParts: (path, uploadId, parts) => direct.completeParts(key(path), uploadId, parts),
    abortParts: (path, uploadId) => direct.abortParts(key(path), uploadId),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
