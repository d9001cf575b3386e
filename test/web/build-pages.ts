import { spawnSync } from 'node:child_process';
import { isStale } from '../../scripts/web/freshness.ts';
import { plainEnv } from '../harness/child.ts';

/** Builds the pages where their sources are newer. @throws when they cannot be built */
export function buildPages(): void {
  if (!isStale()) return;
  const built = spawnSync(process.execPath, ['scripts/build-web.ts'], { encoding: 'utf8', env: plainEnv() });
  if (built.status !== 0) throw new Error(`the pages could not be built:\n${built.stderr}`);
}
