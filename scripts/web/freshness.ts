import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const stampPath = 'web/dist/.sources';

/** Everything that goes into the built pages. */
const sources = ['web', 'src/contract', 'package-lock.json'];

function* filesUnder(path: string): Generator<string> {
  if (!existsSync(path)) return;
  if (path.endsWith('.json') && !path.startsWith('web')) return yield path;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory() && entry.name !== 'dist' && entry.name !== 'node_modules') yield* filesUnder(inside);
    if (entry.isFile() && !entry.name.includes('.test.')) yield inside;
  }
}

/** Names and contents, not times: a fresh checkout of the same sources needs no new build. */
function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const root of sources) {
    for (const path of [...filesUnder(root)].sort()) hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** Whether there are pages to build at all. */
export const hasPages = (): boolean => existsSync('web/vite.config.ts');

export function isStale(): boolean {
  return !existsSync(stampPath) || !existsSync('web/dist/index.html') || readFileSync(stampPath, 'utf8') !== sourcesHash();
}

export function markFresh(): void {
  writeFileSync(stampPath, sourcesHash());
}
