import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { hasPages } from './web/freshness.ts';

// `npm run dev [-- flags]`: the server restarts when a source changes; the pages come from Vite with hot reload and talk to it.
process.chdir(fileURLToPath(new URL('../', import.meta.url)));
const flags = process.argv.slice(2);
const at = flags.indexOf('--port');
const port = (at >= 0 ? flags[at + 1] : undefined) ?? '8000';
const target = `http://127.0.0.1:${port}`;

/** Paths that the server answers itself; all others are pages. */
const api = [
  '^/(api|ajax-api|v1|v2|docs|redoc|openapi\\.json|metrics|livez|readyz|health|version|ping|invocations)(/|\\?|$)',
  '^/(predict|feedback|model-info|reload_model|predictions/recent|get-artifact|token|users|logs)(/|\\?|$)',
  '^/deployments/[^/]+/predict',
];

const watch = ['--watch', '--watch-preserve-output', '--watch-path=src', 'src/main.ts', 'start', '--examples', ...flags];
const server: ChildProcess = spawn(execPath, watch, { stdio: 'inherit' });
let pages: Awaited<ReturnType<typeof createServer>> | undefined;
if (hasPages()) {
  const proxy = Object.fromEntries(api.map((path) => [path, { target, changeOrigin: true }]));
  pages = await createServer({ root: 'web', configFile: 'web/vite.config.ts', server: { host: '127.0.0.1', proxy } });
  await pages.listen();
  pages.printUrls();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.kill(signal));
await once(server, 'exit');
await pages?.close();
