import { z } from 'zod';
import { defineRole } from '../define-role.ts';
import { registryStore, webhookStore } from './stores.ts';

const MOUNTS = ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0'];

export default defineRole({
  name: 'registry',
  summary: "Registered models, versions, stages and aliases: MLflow's registry API with its webhooks, and a history of aliases",
  config: z.object({
    strict_sources: z
      .boolean()
      .default(false)
      .describe(
        "Refuse versions whose source lies outside of the run or logged model that the request names, as MLflow does since 3.17. Wise where several people use one server: it keeps a version from pointing at somebody else's artifacts.",
      ),
    source_pattern: z
      .string()
      .refine(isPattern, 'not a regular expression')
      .optional()
      .describe('Regular expression that the source of a new version must match (MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX).'),
    webhooks: z
      .strictObject({
        allow_private_ips: z
          .boolean()
          .default(false)
          .describe('Let webhooks point into private networks and at this machine (MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS).'),
        allowed_schemes: z
          .array(z.enum(['https', 'http']))
          .default(['https'])
          .describe('How webhooks may be sent (MLFLOW_WEBHOOK_ALLOWED_SCHEMES).'),
        timeout_ms: z
          .int()
          .min(100)
          .max(60_000)
          .default(30_000)
          .describe('How long a receiver may take to answer, milliseconds (MLFLOW_WEBHOOK_REQUEST_TIMEOUT, in seconds).'),
        max_retries: z
          .int()
          .min(0)
          .max(20)
          .default(3)
          .describe('Further attempts after a failed one that may pass by itself (MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES).'),
        retry_base_ms: z
          .int()
          .min(1)
          .default(1000)
          .describe('Before the n-th further attempt it waits a random time up to this times 2^n, a minute at most.'),
        workers: z.int().min(1).max(100).default(10).describe('Deliveries under way at once (MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS).'),
        queue: z.int().min(1).default(1000).describe('Deliveries that wait in memory; further ones wait in the database.'),
        keep: z.int().min(1).default(500).describe('Ended deliveries that are kept per webhook.'),
        secret_key: z
          .string()
          .optional()
          .meta({ secret: true })
          .describe(
            'Key under which secrets of webhooks are stored, 32 bytes as base64 (MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY); needed where several processes share a database. A file in the data folder otherwise.',
          ),
      })
      .prefault({}),
  }),
  needs: ['database'],
  stores: [registryStore, webhookStore],
  peers: ['tracking'],
  asks: ['serving'],
  prefixes: [
    '/api/v1/registry',
    '/api/v1/webhooks',
    ...MOUNTS.flatMap((mount) => ['registered-models', 'model-versions', 'webhooks'].map((part) => `${mount}/mlflow/${part}`)),
  ],
  load: () => import('./start.ts'),
});

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}
