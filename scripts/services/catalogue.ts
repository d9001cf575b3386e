import { chromium } from './chromium.ts';
import { curl } from './curl.ts';
import { kserve } from './kserve.ts';
import { minio } from './minio.ts';
import { postgres } from './postgres.ts';
import { python } from './python.ts';
import { schemathesis } from './schemathesis.ts';
import type { Service } from './service.ts';

/** Every service that tests may ask for, one line each. */
export const services: readonly Service[] = [curl, postgres, chromium, python, schemathesis, kserve, minio];

/** @throws a sentence that lists the known names */
export function pick(names: readonly string[]): readonly Service[] {
  if (names.length === 0) return services;
  return names.map((name) => {
    const found = services.find((service) => service.name === name);
    if (found === undefined) throw new Error(`unknown service '${name}'; there are ${services.map((s) => s.name).join(', ')}`);
    return found;
  });
}
