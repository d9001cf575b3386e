import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { createServer, loadConfigFromFile } from 'vite';
import { hasPages } from './web/freshness.ts';

// `npm run dev [-- flags]`: the server restarts when a source changes; the pages come from Vite with hot reload and talk to it.
process.chdir(fileURLToPath(new URL('../', import.meta.url)));
const flags = process.argv.slice(2);
const at = flags.indexOf('--port');
const port = (at >= 0 ? flags[at + 1] : undefined) ?? '8000';
const target = `http://127.0.0.1:${port}`;

const watch = ['--watch', '--watch-preserve-output', '--watch-path=src', 'bin/trainyard.js', 'start', '--examples', ...flags];
const server: ChildProcess = spawn(execPath, watch, { stdio: 'inherit' });
let pages: Awaited<ReturnType<typeof createServer>> | undefined;
if (hasPages()) {
  const configFile = 'web/vite.config.ts';
  // The pages' own config says which paths are the server's; here only the port may differ.
  const paths = Object.keys((await loadConfigFromFile({ command: 'serve', mode: 'development' }, configFile))?.config.server?.proxy ?? {});
  const proxy = Object.fromEntries(paths.map((path) => [path, { target, changeOrigin: true, headers: { origin: target } }]));
  pages = await createServer({ root: 'web', configFile, server: { host: '127.0.0.1', proxy } });
  await pages.listen();
  pages.printUrls();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.kill(signal));
await once(server, 'exit');
await pages?.close();
