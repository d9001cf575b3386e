import { z } from 'zod';
import { ModelSchema } from '#contract/model-schema.ts';

/** Reference systems whose prediction API a deployment can speak to the letter. */
export const CompatName = z.enum(['iris-000', 'housing-002', 'iris-003', 'iris-004']);
export type CompatName = z.infer<typeof CompatName>;

/** One variant of a deployment as it is asked for. */
export const VariantRequest = z
  .object({
    role: z.enum(['primary', 'shadow']),
    /** `models:/NAME@ALIAS` (followed live) or `models:/NAME/VERSION` (pinned). */
    model: z.string().min(1),
    /** For shadows: share of the requests that it sees. */
    sample: z.number().min(0).max(1).optional(),
    /** Share of the answers. The primary gives all of them (1, or 100 per cent), shadows none. */
    weight: z.number().optional(),
  })
  .refine(({ role, weight }) => weight === undefined || (role === 'primary' ? weight === 1 || weight === 100 : weight === 0), {
    path: ['weight'],
    error: 'answers are not divided here: the primary gives all of them (1 or 100), a shadow none (0)',
  })
  .transform(({ weight: _, ...variant }) => variant);

/** Why a name is none for a deployment; nothing for one that is. */
export function deploymentNameProblem(name: string): string | undefined {
  if (/^[a-zA-Z0-9][\w.-]{0,99}$/u.test(name)) return undefined;
  return `'${name}' is no name: use 1 to 100 letters, digits, '.', '_' and '-', beginning with a letter or digit.`;
}

/** PUT /api/v1/deployments/{name} */
export const PutDeployment = z.object({
  name: z.string(),
  variants: z.array(VariantRequest).min(1).max(10),
  /** Whether /predict means this deployment; the first deployment is the default until another is made so. */
  default: z.boolean().optional(),
  /** Answer /predict as one of the reference systems does; null or absent: as Trainyard does. */
  compat: CompatName.nullish(),
  reason: z.string().max(2000).optional(),
});

export const DeploymentAnswer = z.object({
  name: z.string(),
  is_default: z.boolean(),
  compat: CompatName.optional(),
  variants: z.array(
    z.object({
      name: z.string(),
      role: z.enum(['primary', 'shadow', 'canary']),
      model: z.string(),
      model_name: z.string(),
      version: z.string().nullable(),
      desired_version: z.string().nullable(),
      run_id: z.string().nullable(),
      state: z.enum(['loading', 'ready', 'failed']),
      error: z.string().optional(),
      detail: z.string().optional(),
      memory_bytes: z.number().optional(),
      sample: z.number().optional(),
      loaded_at: z.string().nullable(),
    }),
  ),
  schema: ModelSchema.nullable(),
  /** Rows of named fields, or only tensors on the inference protocol; null while no version is loaded. */
  takes: z.enum(['rows', 'tensors']).nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type DeploymentAnswer = z.infer<typeof DeploymentAnswer>;

/** POST /api/v1/deployments/{name}/promote */
export const PromoteRequest = z.object({
  name: z.string(),
  /** Version to make live; without it the shadow's. */
  version: z.union([z.string(), z.number()]).optional(),
  reason: z.string().min(1).max(2000),
});

/** POST /api/v1/deployments/{name}/rollback */
export const RollbackRequest = z.object({ name: z.string(), reason: z.string().min(1).max(2000) });

/** Answer of promote and rollback. */
export const MovedAnswer = z.object({
  model: z.string(),
  alias: z.string(),
  from: z.string().nullable(),
  to: z.string(),
  deployments: z.array(DeploymentAnswer),
});

export const HistoryAnswer = z.object({
  items: z.array(
    z.object({
      at: z.string(),
      action: z.string(),
      by: z.string(),
      reason: z.string(),
      from_version: z.string().nullable(),
      to_version: z.string().nullable(),
      model: z.string(),
    }),
  ),
  next_cursor: z.null(),
});
