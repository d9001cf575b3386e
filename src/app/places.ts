import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from './errors.ts';

export type DatabasePlace = { readonly kind: 'postgres'; readonly url: string } | { readonly kind: 'sqlite'; readonly path: string };
export type BlobPlace = { readonly kind: 's3'; readonly root: string } | { readonly kind: 'files'; readonly dir: string };

const SCHEME = /^[a-z][a-z0-9+.-]+:/iu;
const DATABASE_FILE = 'trainyard.db';

/**
 * Where `--backend-store-uri` leads, with MLflow's meaning: `postgresql://…` (also with SQLAlchemy's driver, `postgresql+psycopg2://…`),
 * `sqlite:///relative.db`, `sqlite:////absolute.db`, or a folder, in which the database file then lies. Relative to the working directory.
 *
 * @throws CONFIG_INVALID
 */
export function databasePlace(url: string, data: string): DatabasePlace {
  if (url === '') return { kind: 'sqlite', path: join(resolve(data), DATABASE_FILE) };
  if (/^postgres(?:ql)?(?:\+\w+)?:\/\//u.test(url))
    return { kind: 'postgres', url: url.replace(/^postgres(?:ql)?(?:\+\w+)?:/u, 'postgresql:') };
  const file = /^sqlite:\/\/\/([^?]+)/u.exec(url)?.[1];
  if (file !== undefined) return { kind: 'sqlite', path: resolve(file) };
  const folder = localPath(url);
  if (folder === undefined) {
    throw invalid('database.url', 'this kind of database is not supported: use postgresql://…, sqlite:///FILE, or a folder');
  }
  if (existsSync(join(folder, '0', 'meta.yaml')) && !existsSync(join(folder, DATABASE_FILE))) {
    throw invalid('database.url', `${folder} holds runs in MLflow's file layout, which cannot be served in place; choose another folder`);
  }
  return { kind: 'sqlite', path: join(folder, DATABASE_FILE) };
}

/** Where `--artifacts-destination` leads: `s3://bucket/prefix` or a folder (a path or `file:///…`). @throws CONFIG_INVALID */
export function blobPlace(root: string, data: string): BlobPlace {
  if (root === '') return { kind: 'files', dir: join(resolve(data), 'artifacts') };
  if (/^s3a?:\/\//u.test(root)) return { kind: 's3', root };
  const dir = localPath(root);
  if (dir === undefined) throw invalid('blobs.root', `'${root}' is not supported: use s3://BUCKET/PREFIX or a folder`);
  return { kind: 'files', dir };
}

/** A path, or the path of a `file:` URL (relative ones, `file:./x`, too); undefined for everything with another scheme. */
function localPath(place: string): string | undefined {
  if (/^file:\/\//u.test(place)) return fileURLToPath(place);
  if (place.startsWith('file:')) return resolve(decodeURIComponent(place.slice('file:'.length)));
  return SCHEME.test(place) ? undefined : resolve(place);
}

function invalid(key: string, problem: string): Error {
  return fail.configInvalid({ problems: [`${key}: ${problem}`] });
}
