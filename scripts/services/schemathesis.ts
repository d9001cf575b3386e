import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord, type Service, servicesHome, writeRecord } from './service.ts';
import { installPackages, interpreterOf } from './virtual-env.ts';

const packages = ['schemathesis==4.32.5'];

interface Stamp {
  readonly packages: readonly string[];
  readonly versions: string;
}

const folder = (): string => join(servicesHome(), 'schemathesis');

function stamp(): Stamp | null {
  const found = readRecord<Stamp>('schemathesis');
  return found !== null && found.packages.join() === packages.join() && existsSync(interpreterOf(folder())) ? found : null;
}

export const schemathesis: Service = {
  name: 'schemathesis',
  summary: 'makes requests from an OpenAPI description and looks for answers that it does not allow',
  installed: () => stamp()?.versions ?? null,
  async install() {
    const versions = await installPackages(folder(), packages);
    writeRecord('schemathesis', { packages, versions } satisfies Stamp);
  },
  async env() {
    return stamp() === null ? null : { TRAINYARD_SCHEMATHESIS: join(folder(), 'bin', 'schemathesis') };
  },
};
