import { existsSync, statSync } from 'node:fs';
import { enableCompileCache, registerHooks } from 'node:module';

// Imported first of all, and plain JavaScript: Node would load its type stripper (45 ms and 8 MB) for the first TypeScript file that it meets before the
// cache is there. Compiled and type-stripped sources are kept between starts, half of the work of a start; worker threads and child processes learn of it
// by the environment. A folder that cannot be written is no harm.
const { directory } = enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;

/** Packages that are many small modules and that every start loads; `scripts/bundle-packages.ts` makes one of each. */
export const BUNDLED = ['fastify', 'zod'];

/** Where the bundles of the installed packages are: another installation has other ones. */
export function bundlesFolder() {
  const installed = statSync(new URL('../node_modules/.package-lock.json', import.meta.url), { throwIfNoEntry: false });
  return installed && new URL(`../node_modules/.cache/trainyard/${installed.mtimeMs}-${installed.size}/`, import.meta.url);
}

const folder = bundlesFolder();
const bundles = new Map();
for (const name of BUNDLED) {
  const file = folder && new URL(`${name}.mjs`, folder);
  if (file && existsSync(file)) bundles.set(name, file.href);
}

// What the rules of package.json would find too, after looking for files: a fifth of a start.
const sources = new URL('../src/', import.meta.url).href;
registerHooks({
  resolve(specifier, context, next) {
    const url = context.parentURL?.startsWith(sources) && quick(specifier, context.parentURL);
    return url ? { url, shortCircuit: true } : next(specifier, context);
  },
});

function quick(specifier, parent) {
  if (specifier.startsWith('#')) return specifier.startsWith('#test/') ? undefined : sources + specifier.slice(1);
  return specifier.startsWith('.') ? new URL(specifier, parent).href : bundles.get(specifier);
}
