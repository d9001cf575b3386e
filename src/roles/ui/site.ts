import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file as it is sent: whole, and compressed where the build left a compressed twin. */
export interface SiteFile {
  readonly type: string;
  readonly etag: string;
  readonly body: Buffer;
  readonly br?: Buffer;
  readonly gz?: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * The built pages. Only names found by listing the folder are ever opened, so no request can name a file outside of it;
 * a new build is noticed by the time of its index.html.
 */
export class Site {
  readonly #root: string;
  #names = new Set<string>();
  #files = new Map<string, SiteFile>();
  #builtMs = 0;

  constructor(root: URL) {
    this.#root = fileURLToPath(root);
  }

  /** Whether the pages are there. Looks at the disk, so that a build while the server runs is picked up. */
  isBuilt(): boolean {
    const index = join(this.#root, 'index.html');
    if (!existsSync(index)) return false;
    const builtMs = statSync(index).mtimeMs;
    if (builtMs !== this.#builtMs) {
      const entries = readdirSync(this.#root, { recursive: true, encoding: 'utf8' });
      this.#names = new Set(entries.map((name) => name.split(sep).join('/')));
      this.#files = new Map();
      this.#builtMs = builtMs;
    }
    return true;
  }

  /** @param name path inside the site, `assets/app-1a2b.js` */
  file(name: string): SiteFile | undefined {
    if (!this.isBuilt()) return undefined;
    const known = this.#files.get(name);
    if (known) return known;
    const type = TYPES[extname(name)];
    if (type === undefined || !this.#names.has(name)) return undefined;
    const file = this.#read(name, type);
    this.#files.set(name, file);
    return file;
  }

  #read(name: string, type: string): SiteFile {
    const body = readFileSync(join(this.#root, name));
    const twin = (suffix: string) =>
      this.#names.has(`${name}.${suffix}`) ? { [suffix]: readFileSync(join(this.#root, `${name}.${suffix}`)) } : {};
    return { type, etag: etagOf(body), body, ...twin('br'), ...twin('gz') };
  }
}

/** A strong validator: the same bytes, the same tag, on every replica. */
export function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}
