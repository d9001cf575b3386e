import { spawnSync } from 'node:child_process';
import { chdir, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { hasPages, isStale } from './web/freshness.ts';

// `npm start [-- flags]`: the pages are built when they are stale, then this process becomes `trainyard start --examples`,
// so signals and the exit code are the product's own.
const root = fileURLToPath(new URL('../', import.meta.url));
chdir(root);
if (hasPages() && isStale()) {
  const built = spawnSync(execPath, ['scripts/build-web.ts'], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (built.status !== 0) console.error('The pages could not be built; the API starts without them.');
}
// glibc gives each of the many threads an arena of its own, a good 40 MB that nobody uses again; it reads this only when a program begins.
const env = { MALLOC_ARENA_MAX: '2', ...process.env };
process.execve?.(execPath, [execPath, 'bin/trainyard.js', 'start', '--examples', ...process.argv.slice(2)], env);
