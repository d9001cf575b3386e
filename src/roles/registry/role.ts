import { z } from 'zod';
import { defineRole } from '../define-role.ts';

const MOUNTS = ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0'];

export default defineRole({
  name: 'registry',
  summary: "Registered models, versions, stages and aliases: MLflow's registry API, with a history of aliases",
  config: z.object({
    strict_sources: z
      .boolean()
      .default(false)
      .describe(
        "Refuse versions whose source lies outside of the run or logged model that the request names, as MLflow does since 3.17. Wise where several people use one server: it keeps a version from pointing at somebody else's artifacts.",
      ),
  }),
  needs: ['database'],
  peers: ['tracking'],
  prefixes: ['/api/v1/registry', ...MOUNTS.flatMap((mount) => [`${mount}/mlflow/registered-models`, `${mount}/mlflow/model-versions`])],
  start: async (context) => (await import('./start.ts')).start(context),
});
