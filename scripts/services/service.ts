import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A real program that tests talk to. One small file per service; `catalogue.ts` lists them. */
export interface Service {
  readonly name: string;
  /** One line for `status` and `--help`. */
  readonly summary: string;
  /** What is installed (a version or a path), or null. Quick: looks at files only. */
  installed(): string | null;
  /** Installs it; called only when `installed()` is null. */
  install(): Promise<void>;
  /** For daemons: resolves when it answers. Calling it again is harmless. */
  start?(): Promise<void>;
  stop?(): Promise<void>;
  /** What tests need to reach it, or null while it is not usable (not installed, not running). */
  env(): Promise<Record<string, string> | null>;
}

/** Everything that services keep lies here, outside the tree, shared by all checkouts of a user. */
export function servicesHome(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const home = process.env.TRAINYARD_SERVICES || join(cache, 'trainyard-services');
  mkdirSync(home, { recursive: true });
  return home;
}

const recordPath = (name: string): string => join(servicesHome(), `${name}.json`);

/** The little that a service remembers between commands (port, data folder, stamp). */
export function readRecord<T>(name: string): T | null {
  if (!existsSync(recordPath(name))) return null;
  return JSON.parse(readFileSync(recordPath(name), 'utf8')) as T;
}

export function writeRecord(name: string, value: object): void {
  writeFileSync(recordPath(name), `${JSON.stringify(value, null, 2)}\n`);
}

export function dropRecord(name: string): void {
  rmSync(recordPath(name), { force: true });
}
