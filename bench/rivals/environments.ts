import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord, servicesHome, writeRecord } from '../../scripts/services/service.ts';
import { installPackages, interpreterOf } from '../../scripts/services/virtual-env.ts';

/** A Python server's own environment: what one would install from its documentation, with the pins without which it does not start. */
export interface Environment {
  readonly name: string;
  readonly packages: readonly string[];
  /** That it is made with; by default the first python3 on the path. */
  readonly interpreter?: string;
}

interface Stamp {
  readonly packages: readonly string[];
  /** Of the packages asked for, `name==version`; absent when they could not be installed. */
  readonly versions?: string;
  readonly failed?: string;
}

const folderOf = ({ name }: Environment): string => join(servicesHome(), 'rivals', name);

/** The interpreter and what is installed beside it, or why there is none. */
export function found(environment: Environment): { readonly python: string; readonly versions: string } | { readonly missing: string } {
  const stamp = readRecord<Stamp>(`rival-${environment.name}`);
  const python = interpreterOf(folderOf(environment));
  if (stamp?.packages.join() !== environment.packages.join()) return { missing: 'not installed: npm run bench serving -- --install' };
  if (stamp.versions === undefined) return { missing: `cannot be installed here: ${stamp.failed}` };
  return existsSync(python)
    ? { python, versions: stamp.versions }
    : { missing: 'its environment is gone: npm run bench serving -- --install' };
}

/** Makes the environment unless it is there, and remembers it when that cannot be done. */
export async function install(environment: Environment): Promise<void> {
  const before = found(environment);
  if ('python' in before || before.missing.startsWith('cannot')) return;
  const { packages } = environment;
  const record = (rest: Omit<Stamp, 'packages'>): void => writeRecord(`rival-${environment.name}`, { packages, ...rest } satisfies Stamp);
  try {
    record({ versions: await installPackages(folderOf(environment), packages, { interpreter: environment.interpreter }) });
  } catch (error) {
    record({ failed: (error as Error).message.split('\n').filter(Boolean).slice(-3).join(' · ').slice(0, 400) });
  }
}
