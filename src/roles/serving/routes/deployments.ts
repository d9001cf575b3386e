import { z } from 'zod';
import {
  DeploymentAnswer,
  HistoryAnswer,
  MovedAnswer,
  PromoteRequest,
  PutDeployment,
  RollbackRequest,
} from '#contract/http/platform/deployments.ts';
import { defineRoute, Reply } from '#http/route.ts';
import type { Remote } from '#ports/database.ts';
import type { RegistryApi } from '../../registry/api.ts';
import type { Deployments } from '../runtime/deployments.ts';
import { promote, rollback } from '../runtime/promotion.ts';
import type { DeploymentStore } from '../store.ts';

export interface DeploymentRouteDeps {
  readonly deployments: Deployments;
  readonly registry: RegistryApi;
  readonly store: Remote<DeploymentStore>;
}

const route = defineRoute<DeploymentRouteDeps>();
const Named = z.object({ name: z.string() });

/** GET /api/v1/deployments */
export const listDeployments = route({
  method: 'GET',
  path: '/api/v1/deployments',
  summary: 'All deployments with their variants',
  access: 'viewer',
  tag: 'deployments',
  input: z.object({}),
  answer: z.object({ items: z.array(DeploymentAnswer), next_cursor: z.null() }),
  handle: ({ deployments }) => ({ items: deployments.all().map((d) => d.view()), next_cursor: null }),
});

/** GET /api/v1/deployments/{name} */
export const getDeployment = route({
  method: 'GET',
  path: '/api/v1/deployments/:name',
  summary: 'One deployment: variants, live and desired versions, schema',
  access: 'viewer',
  tag: 'deployments',
  input: Named,
  answer: DeploymentAnswer,
  handle: ({ deployments }, { name }) => deployments.get(name).view(),
});

/** PUT /api/v1/deployments/{name} */
export const putDeployment = route({
  method: 'PUT',
  path: '/api/v1/deployments/:name',
  summary: 'Make a deployment or replace its variants; nothing changes when the primary cannot be loaded',
  access: 'editor',
  tag: 'deployments',
  input: PutDeployment,
  answer: DeploymentAnswer,
  handle: async ({ deployments }, input, { principal }) => {
    const change = {
      variants: input.variants,
      by: principal.id,
      ...(input.compat ? { compat: input.compat } : {}),
      ...(input.default === undefined ? {} : { isDefault: input.default }),
      ...(input.reason === undefined ? {} : { reason: input.reason }),
    };
    return (await deployments.put(input.name, change)).view();
  },
});

/** DELETE /api/v1/deployments/{name} */
export const deleteDeployment = route({
  method: 'DELETE',
  path: '/api/v1/deployments/:name',
  summary: 'Stop serving; models, events and history stay',
  access: 'editor',
  tag: 'deployments',
  input: Named,
  handle: async ({ deployments }, { name }, { principal }) => {
    await deployments.remove(name, principal.id);
    return new Reply(204, undefined);
  },
});

/** POST /api/v1/deployments/{name}/promote */
export const promoteDeployment = route({
  method: 'POST',
  path: '/api/v1/deployments/:name/promote',
  summary: "Point the primary's alias at a version (by default the shadow's), once that version has loaded",
  access: 'editor',
  tag: 'deployments',
  input: PromoteRequest,
  answer: MovedAnswer,
  handle: ({ deployments, registry }, { name, version, reason }, { principal }) =>
    promote(deployments, registry, { name, version: version === undefined ? undefined : String(version), by: principal.id, reason }),
});

/** POST /api/v1/deployments/{name}/rollback */
export const rollbackDeployment = route({
  method: 'POST',
  path: '/api/v1/deployments/:name/rollback',
  summary: "Point the primary's alias back at the version before its last move",
  access: 'editor',
  tag: 'deployments',
  input: RollbackRequest,
  answer: MovedAnswer,
  handle: ({ deployments, registry }, { name, reason }, { principal }) =>
    rollback(deployments, registry, { name, by: principal.id, reason }),
});

/** GET /api/v1/deployments/{name}/history */
export const deploymentHistory = route({
  method: 'GET',
  path: '/api/v1/deployments/:name/history',
  summary: 'What changed, when, by whom and why, newest first',
  access: 'viewer',
  tag: 'deployments',
  input: Named.extend({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
  answer: HistoryAnswer,
  handle: async ({ store }, { name, limit }) => {
    const entries = await store.history(name, limit);
    return {
      items: entries.map((e) => ({
        at: new Date(e.atMs).toISOString(),
        action: e.action,
        by: e.by,
        reason: e.reason,
        from_version: e.from,
        to_version: e.to,
        model: e.model,
      })),
      next_cursor: null,
    };
  },
});
