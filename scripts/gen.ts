import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectCatalogues } from './reference/collect.ts';
import { renderPages } from './reference/render.ts';

// `npm run gen` writes docs/reference from the catalogues in the source; `-- --check` only tells whether they are up to date.
process.chdir(fileURLToPath(new URL('../', import.meta.url)));
const folder = 'docs/reference';
const pages = renderPages(await collectCatalogues());
const present = existsSync(folder) ? readdirSync(folder) : [];
const surplus = present.filter((name) => !pages.has(name));
const stale = [...pages].filter(([name, text]) => !present.includes(name) || readFileSync(join(folder, name), 'utf8') !== text);

if (process.argv.includes('--check')) {
  for (const name of [...stale.map(([page]) => page), ...surplus]) console.error(`${folder}/${name} is stale: npm run gen`);
  process.exitCode = stale.length + surplus.length > 0 ? 1 : 0;
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of surplus) rmSync(join(folder, name));
  for (const [name, text] of stale) writeFileSync(join(folder, name), text);
  console.log(`${folder}: ${pages.size} pages, ${stale.length} written, ${surplus.length} removed`);
}
process.exit();
