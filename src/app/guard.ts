import { Guard, isLoopbackName } from '#http/guard.ts';
import type { CoreConfig } from './config/core.ts';
import { fail } from './errors.ts';

/** The checks that stand before every request. @throws TOKEN_MISSING when the network could change models */
export function guardOf({ http }: CoreConfig, token: string | undefined): Guard {
  const loopback = isLoopbackName(http.host);
  if (!loopback && token === undefined) throw fail.tokenMissing({ host: http.host });
  return new Guard({ loopback, token, allowedHosts: http.allowed_hosts, corsOrigins: http.cors_origins });
}
