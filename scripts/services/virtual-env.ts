import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, run, which } from './system.ts';

/** The interpreter of an environment, whether it is there or not. */
export const interpreterOf = (folder: string): string => join(folder, 'bin', 'python');

/** Debian splits venv out of Python; where it is missing it comes from apt. */
async function requireVenv(): Promise<void> {
  if (which('python3') === null) return aptInstall('python3', 'python3-venv');
  const complete = await run('python3', ['-c', 'import ensurepip, venv']).catch(() => null);
  if (complete === null) await aptInstall('python3-venv');
}

export interface EnvironmentOptions {
  /** That it is made with. */
  readonly interpreter?: string | undefined;
  /** Whether everything is compiled at once, which takes a third of the time; otherwise what is loaded is, when it is. */
  readonly compiled?: boolean;
}

/**
 * Brings a Python environment up to a list of packages, as pip takes them, making it if need be.
 * @returns names and versions of the packages
 */
export async function installPackages(
  folder: string,
  packages: readonly string[],
  { interpreter = 'python3', compiled = true }: EnvironmentOptions = {},
): Promise<string> {
  await requireVenv();
  const python = interpreterOf(folder);
  const isUsable = existsSync(python) && (await run(python, ['-c', 'import pip']).catch(() => null)) !== null;
  if (!isUsable) {
    rmSync(folder, { recursive: true, force: true });
    await run(interpreter, ['-m', 'venv', folder]);
  }
  const how = ['--quiet', '--disable-pip-version-check', '--no-input', compiled ? '--compile' : '--no-compile'];
  await run(python, ['-m', 'pip', 'install', ...how, ...packages]);
  const names = JSON.stringify(packages.map((name) => name.replace(/(?:\[|[=<>!~]).*/u, '')));
  const report = `from importlib.metadata import version as v; print(' '.join(f'{p} {v(p)}' for p in ${names}))`;
  return (await run(python, ['-c', report])).trim();
}
