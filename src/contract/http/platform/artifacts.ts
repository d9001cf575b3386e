import { z } from 'zod';

/** GET /api/v1/artifacts/read */
export const ReadArtifact = z.object({ uri: z.string().min(1), path: z.string().min(1) });
/** GET /api/v1/artifacts/list */
export const ListArtifacts = z.object({ uri: z.string().min(1), path: z.string().optional() });
