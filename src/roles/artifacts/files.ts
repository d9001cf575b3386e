import { extname } from 'node:path';
import type { DirectBlobs } from '#ports/blobs.ts';

/** A file or folder directly below another one. */
export interface Listed {
  readonly path: string;
  readonly is_dir: boolean;
  readonly file_size: number | null;
}

export interface OpenedFile {
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** The same as `body`, where it is short and was read at once. */
  readonly bytes?: Uint8Array;
}

/** Files below one root. Paths are checked before they come here. */
export interface Files {
  put(path: string, body: AsyncIterable<Uint8Array>, expectedBytes?: number): Promise<number>;
  /** Undefined where there is no such file. */
  open(path: string): Promise<OpenedFile | undefined>;
  /** In bytes; undefined where there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** Directly below; paths relative to the root, folders and files by name. */
  list(path: string): Promise<Listed[]>;
  /** A file, or a folder with all that is in it; nothing happens where there is neither. */
  delete(path: string): Promise<void>;
  /** How callers reach the files past this server, with paths as keys; undefined where they cannot. */
  direct(): Promise<DirectBlobs | undefined>;
}

/** Files of a store that is opened when it is first needed. */
export function lazyFiles(open: () => Promise<Files>): Files {
  return {
    put: async (path, body, expectedBytes) => (await open()).put(path, body, expectedBytes),
    open: async (path) => (await open()).open(path),
    size: async (path) => (await open()).size(path),
    list: async (path) => (await open()).list(path),
    delete: async (path) => (await open()).delete(path),
    direct: async () => (await open()).direct(),
  };
}

/** Byte order, so that every store lists alike. */
export function byPath(a: Listed, b: Listed): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css',
  csv: 'text/csv',
  geojson: 'application/geo+json',
  gif: 'image/gif',
  gz: 'application/gzip',
  html: 'text/html',
  ico: 'image/vnd.microsoft.icon',
  ipynb: 'application/json',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  jsonl: 'application/jsonl',
  log: 'text/plain',
  md: 'text/markdown',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  parquet: 'application/vnd.apache.parquet',
  pdf: 'application/pdf',
  png: 'image/png',
  py: 'text/x-python',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  zip: 'application/zip',
};
const TEXT_NAMES = ['MLmodel', 'MLproject', 'mlproject', 'Dockerfile'];

/** Content type by name; browsers are told not to guess another one. */
export function contentType(name: string): string {
  if (TEXT_NAMES.includes(name)) return 'text/plain';
  return TYPES[extname(name).slice(1).toLowerCase()] ?? 'application/octet-stream';
}

/** Headers of a download. Names beyond ASCII travel as RFC 5987 `filename*`, with a plain stand-in for old clients. */
export function downloadHeaders(name: string, size: number): Record<string, string> {
  const plain = name.normalize('NFKD').replace(/[^\x20-\x7e]/gu, '') || 'download';
  // Programs compare the header with what MLflow sends, which quotes a name only where it must (RFC 9110, 5.6.2).
  const quoted = /^[\w!#$%&'*+.^`|~-]+$/u.test(plain) ? plain : `"${plain.replace(/["\\]/gu, '\\$&')}"`;
  const extended =
    plain === name
      ? ''
      : `; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/gu, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`;
  return {
    'content-type': contentType(name),
    'content-length': String(size),
    'content-disposition': `attachment; filename=${quoted}${extended}`,
    'x-content-type-options': 'nosniff',
  };
}
