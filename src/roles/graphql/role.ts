import { z } from 'zod';
import { defineRole } from '../define-role.ts';

export default defineRole({
  name: 'graphql',
  summary: "MLflow's GraphQL endpoint, which its own web pages ask",
  config: z.object({
    max_root_fields: z
      .int()
      .min(1)
      .default(10)
      .describe('Fields that a query may ask for at its top (MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS).'),
    max_aliases: z.int().min(0).default(10).describe('Aliases that a query may use at one place (MLFLOW_SERVER_GRAPHQL_MAX_ALIASES).'),
  }),
  needs: [],
  peers: ['tracking', 'registry', 'artifacts'],
  prefixes: ['/graphql'],
  load: () => import('./start.ts'),
});
