import { z } from 'zod';

/** GET /api/v1/artifacts/read */
export const ReadArtifact = z.object({ uri: z.string().min(1), path: z.string().min(1) });
/** GET /api/v1/artifacts/list */
export const ListArtifacts = z.object({ uri: z.string().min(1), path: z.string().optional() });

/** GET /api/v1/registry/export: one of `version` and `alias`. */
export const ExportModel = z
  .object({
    name: z.string().min(1),
    version: z.coerce
      .string()
      .regex(/^\d{1,9}$/u, 'must be a whole number')
      .optional(),
    alias: z.string().min(1).optional(),
  })
  .refine(({ version, alias }) => (version === undefined) !== (alias === undefined), 'name a version or an alias, one of both');
