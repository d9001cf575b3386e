import { z } from 'zod';
import { VariantRole } from '../../events.ts';

/** POST /api/v1/registry/models: makes the model if it is not there. */
export const EnsureModel = z.object({ name: z.string().min(1), description: z.string().optional() });

/** POST /api/v1/registry/versions. Processes of one installation send the camel-case names. */
export const NewVersion = z
  .object({
    name: z.string().min(1),
    /** `models:/m-…`, `runs:/…` or an artifact URI. */
    source: z.string().min(1),
    run_id: z.string().optional(),
    model_id: z.string().optional(),
    runId: z.string().optional(),
    modelId: z.string().optional(),
    description: z.string().optional(),
    tags: z.record(z.string(), z.string()).optional(),
  })
  .transform(({ runId, modelId, run_id = runId, model_id = modelId, ...rest }) => ({ ...rest, run_id, model_id }));

/** GET /api/v1/registry/resolve */
export const ModelReference = z.object({ reference: z.string().min(1) });

/** What a reference names. Answer of resolve. */
export const ResolvedVersionAnswer = z.object({
  name: z.string(),
  version: z.string(),
  run_id: z.string().nullable(),
  /** Where the model's files are. */
  download_uri: z.string(),
  created_ms: z.number(),
  updated_ms: z.number(),
  description: z.string(),
  stage: z.string(),
  aliases: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
});
export type ResolvedVersionAnswer = z.infer<typeof ResolvedVersionAnswer>;

/** POST /api/v1/registry/alias: who moved it and why are kept. */
export const MoveAlias = z.object({
  name: z.string().min(1),
  alias: z.string().min(1),
  version: z.union([z.string(), z.int()]).transform(String),
  by: z.string().max(256).optional(),
  reason: z.string().max(4096).optional(),
});

/** GET /api/v1/registry/alias-history, newest first: of one alias, or of all aliases of the model. */
export const AliasHistory = z.object({ name: z.string().min(1), alias: z.string().min(1).optional() });

/** GET /api/v1/webhooks/{id}/deliveries, newest first. */
export const WebhookDeliveries = z.object({
  id: z.string().min(1),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
});

/** GET /api/v1/registry/changes: answers when the revision is above `since`, at the latest after `timeout_ms`. */
export const AwaitChanges = z.object({
  since: z.coerce.number().int().default(-1),
  timeout_ms: z.coerce.number().int().min(0).max(60_000).default(0),
});

/** GET /api/v1/registry/versions/{name}/{version} */
export const VersionAt = z.object({ name: z.string().min(1), version: z.coerce.string().regex(/^\d{1,9}$/u, 'must be a whole number') });

const texts = z.record(z.string(), z.string());

/** A version with where it came from, who moved which alias to or from it, and what serves it. */
export const VersionPage = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  stage: z.string(),
  source: z.string(),
  download_uri: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  aliases: z.array(z.string()),
  tags: texts,
  /** The run that made it; null where none is known or it is gone. */
  run: z
    .object({
      run_id: z.string(),
      run_name: z.string(),
      experiment_id: z.string(),
      status: z.string(),
      started_at: z.string(),
      ended_at: z.string().nullable(),
      params: texts,
      /** null for NaN and the infinities. */
      metrics: z.record(z.string(), z.number().nullable()),
      datasets: z.array(z.object({ name: z.string(), digest: z.string(), context: z.string() })),
    })
    .nullable(),
  /** Newest first. */
  alias_moves: z.array(
    z.object({
      alias: z.string(),
      from: z.string().nullable(),
      to: z.string().nullable(),
      at: z.string(),
      by: z.string(),
      reason: z.string(),
    }),
  ),
  /** Variants that answer with this version, or are about to; null where deployments cannot be asked. */
  deployments: z
    .array(
      z.object({
        deployment: z.string(),
        is_default: z.boolean(),
        variant: z.string(),
        role: VariantRole,
        model: z.string(),
        state: z.enum(['loading', 'ready', 'failed']),
        /** Whether it answers with this version now. */
        is_live: z.boolean(),
        loaded_at: z.string().nullable(),
      }),
    )
    .nullable(),
});
export type VersionPage = z.infer<typeof VersionPage>;
