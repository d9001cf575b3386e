import type { z } from 'zod';
import type { RoleManifest } from '#roles/define-role.ts';
import { CoreConfig } from './core.ts';
import type { Config } from './load.ts';

/** Every key with its value, in the order of the schemas; what is marked secret is shown as set or not set. */
export function configLines(config: Config, roles: readonly RoleManifest[]): [key: string, value: unknown][] {
  const core = linesOf('', CoreConfig, config.core);
  return [...core, ...roles.flatMap((role) => linesOf(role.name, role.config, config.roles[role.name]))];
}

function linesOf(path: string, schema: z.ZodType, value: unknown): [string, unknown][] {
  const inner = unwrapped(schema);
  const shape = (inner as { shape?: Record<string, z.ZodType> }).shape;
  if (shape)
    return Object.entries(shape).flatMap(([key, child]) =>
      linesOf(path === '' ? key : `${path}.${key}`, child, (value as Record<string, unknown> | undefined)?.[key]),
    );
  return [[path, isSecret(schema) ? (value ? '(set, hidden)' : '') : (value ?? null)]];
}

/** The mark may stand on the outside or under a default. */
function isSecret(schema: z.ZodType): boolean {
  if (schema.meta()?.secret === true) return true;
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return innerType !== undefined && isSecret(innerType);
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return innerType === undefined ? schema : unwrapped(innerType);
}
