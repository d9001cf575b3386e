import { describe, test } from 'vitest';
import { services } from '../../scripts/services/catalogue.ts';

/** The real servers and clients that tests may ask for; `npm run services -- status` tells which are here. */
export type ServiceName = 'curl' | 'postgres' | 'chromium' | 'python' | 'schemathesis' | 'kserve' | 'minio';

export type Availability = { readonly env: Readonly<Record<string, string>> } | { readonly reason: string };

const asked = new Map<ServiceName, Promise<Availability>>();

/** How to reach a service, or why it cannot be reached. Asked once per test process. */
export function availability(name: ServiceName): Promise<Availability> {
  const known = asked.get(name) ?? ask(name);
  asked.set(name, known);
  return known;
}

async function ask(name: ServiceName): Promise<Availability> {
  const service = services.find((candidate) => candidate.name === name);
  const env = await service?.env();
  if (env) return { env };
  const installed = service?.installed() ?? null;
  const verb = installed === null ? 'install' : 'start';
  return { reason: `${name} is not available here: npm run services -- ${verb} ${name}` };
}

/** The service's environment. @throws with the command that brings the service up */
export async function requireService(name: ServiceName): Promise<Readonly<Record<string, string>>> {
  const found = await availability(name);
  if ('reason' in found) throw new Error(found.reason);
  return found.env;
}

/**
 * A suite that needs a real server. Where the server is missing the suite is one test, counted as skipped with the
 * reason; with TRAINYARD_REQUIRE_SERVICES=1 (as CI runs) that test fails instead.
 */
export function describeWith(name: ServiceName, title: string, body: () => void): void {
  describe(title, async () => {
    const found = await availability(name);
    if (!('reason' in found)) return body();
    test(`needs ${name}`, (context) => {
      if (process.env.TRAINYARD_REQUIRE_SERVICES === '1') throw new Error(found.reason);
      context.skip(found.reason);
    });
  });
}
