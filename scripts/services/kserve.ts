import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord, type Service, servicesHome, writeRecord } from './service.ts';
import { installPackages, interpreterOf } from './virtual-env.ts';

/** In an environment of its own: it wants other pandas and protobuf than MLflow. */
const packages = ['kserve==0.21.0'];

interface Stamp {
  readonly packages: readonly string[];
  readonly versions: string;
}

const folder = (): string => join(servicesHome(), 'kserve');

function stamp(): Stamp | null {
  const found = readRecord<Stamp>('kserve');
  return found !== null && found.packages.join() === packages.join() && existsSync(interpreterOf(folder())) ? found : null;
}

export const kserve: Service = {
  name: 'kserve',
  summary: "KServe's Python inference client",
  installed: () => stamp()?.versions ?? null,
  async install() {
    const versions = await installPackages(folder(), packages, { compiled: false });
    writeRecord('kserve', { packages, versions } satisfies Stamp);
  },
  async env() {
    return stamp() === null ? null : { TRAINYARD_KSERVE_PYTHON: interpreterOf(folder()) };
  },
};
