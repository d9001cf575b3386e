import type { RegistryApi, ResolvedVersion } from '../../registry/api.ts';
import { CacheFolder } from './cache-folder.ts';
import { isOutage, keptFiles, type ModelFiles } from './kept-files.ts';

/** Whom a replica asks for versions and files. */
export interface Sources<R extends Pick<RegistryApi, 'resolve'>> {
  readonly registry: R;
  readonly artifacts: ModelFiles;
}

/**
 * The same, and where they do not answer, what the process that deploys keeps on disk. It writes that folder alone; here it is read anew each time, since an
 * outage is rare and what is kept changes.
 *
 * @param root folder of the kept files; undefined where nothing is kept
 */
export function withKept<R extends Pick<RegistryApi, 'resolve'>>(
  { registry, artifacts }: Sources<R>,
  root: string | undefined,
): Sources<R> {
  if (root === undefined) return { registry, artifacts };
  const resolve = async (reference: string): Promise<ResolvedVersion> => {
    try {
      return await registry.resolve(reference);
    } catch (error) {
      const kept = isOutage(error) ? ((await (await CacheFolder.borrow(root)).references()) as Record<string, ResolvedVersion>) : undefined;
      const found = kept?.[reference];
      if (found === undefined) throw error;
      return found;
    }
  };
  const orKept = async <T>(uri: string, ask: (files: ModelFiles) => Promise<T>): Promise<T> => {
    try {
      return await ask(artifacts);
    } catch (error) {
      if (!isOutage(error)) throw error;
      const folder = await CacheFolder.borrow(root);
      const version = folder.versions().find((one) => one.uri === uri);
      if (version === undefined) throw error;
      return ask(keptFiles(folder, version));
    }
  };
  return {
    registry: { ...registry, resolve },
    artifacts: {
      read: (uri, path, maxBytes) => orKept(uri, (files) => files.read(uri, path, maxBytes)),
      get: (uri, path) => orKept(uri, (files) => files.get(uri, path)),
      list: (uri, path) => orKept(uri, (files) => files.list(uri, path)),
    },
  };
}
