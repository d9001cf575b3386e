import type { Blobs } from '#ports/blobs.ts';
import { byPath, type Files, type Listed } from './files.ts';
import { joined } from './paths.ts';

/** Part of the blob store that holds artifacts. */
const AREA = 'artifacts';

/** Files below a key of the blob store. */
export function blobFiles(blobs: Blobs, prefix: string): Files {
  const key = (path: string): string => joined(AREA, prefix, path);
  return {
    put: (path, body) => blobs.put(key(path), body),
    open: async (path) => {
      const info = await blobs.stat(key(path));
      return info && { size: info.size, body: blobs.get(key(path)) };
    },
    list: async (path) => {
      const root = `${key(path)}/`;
      const found = new Map<string, Listed>();
      for await (const { key: each, size } of blobs.list(root)) {
        const [name = '', ...rest] = each.slice(root.length).split('/');
        const at = joined(path, name);
        found.set(at, rest.length > 0 ? { path: at, is_dir: true, file_size: null } : { path: at, is_dir: false, file_size: size });
      }
      return [...found.values()].sort(byPath);
    },
    delete: async (path) => {
      const keys: string[] = [];
      for await (const { key: each } of blobs.list(`${key(path)}/`)) keys.push(each);
      await Promise.all([key(path), ...keys].map((each) => blobs.delete(each)));
    },
  };
}
