import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { BUNDLED, bundlesFolder } from '../bin/quick-modules.js';

// Run by npm after installing (decision 0021): makes one file of each package that every start loads.

async function bundleInto(folder: string): Promise<void> {
  const vite = await import('vite').catch(() => undefined);
  if (!vite) return;
  const unfinished = join(dirname(folder), `unfinished-${process.pid}`);
  mkdirSync(unfinished, { recursive: true });
  await vite.build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      outDir: unfinished,
      minify: true,
      target: 'esnext',
      rolldownOptions: { input: Object.fromEntries(BUNDLED.map((name) => [name, name])), output: { entryFileNames: '[name].mjs' } },
    },
  });
  for (const other of readdirSync(dirname(folder))) {
    if (other !== basename(unfinished)) rmSync(join(dirname(folder), other), { recursive: true });
  }
  renameSync(unfinished, folder);
}

chdir(fileURLToPath(new URL('../', import.meta.url)));
const folder = bundlesFolder();
if (folder && !existsSync(folder)) {
  // A start loads the packages themselves where there is no bundle: nothing that goes wrong here may end an installation.
  await bundleInto(fileURLToPath(folder).slice(0, -1)).catch((error: Error) => console.error(`No bundles of packages: ${error.message}`));
}
