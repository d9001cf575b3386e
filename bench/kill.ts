// The kill test with more rounds: products on one data folder, each killed with SIGKILL under load; what was acknowledged must be there once.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const kills = process.env.TRAINYARD_KILLS ?? '200';
const root = fileURLToPath(new URL('../', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/e2e/kill.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, TRAINYARD_KILLS: kills },
});
process.exitCode = status ?? 1;
