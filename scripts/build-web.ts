import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { hasPages, markFresh } from './web/freshness.ts';

// Builds web/ into web/dist and remembers from which sources, so that `npm start` builds only when they changed.
chdir(fileURLToPath(new URL('../', import.meta.url)));
if (hasPages()) {
  const since = performance.now();
  await build({ root: 'web', configFile: 'web/vite.config.ts', logLevel: 'warn', build: { outDir: 'dist', emptyOutDir: true } })
    .then(markFresh)
    .then(() => console.log(`web/dist is built (${((performance.now() - since) / 1000).toFixed(1)} s)`))
    .catch((error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
} else {
  console.log('there are no pages to build');
}
