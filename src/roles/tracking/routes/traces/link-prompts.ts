import { LinkPrompts } from '#contract/http/mlflow/traces.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/traces/link-prompts: searches find the trace by `prompt = "name/version"`. */
export const linkPrompts = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces/link-prompts',
  summary: 'Say which versions of prompts were used in a trace',
  access: 'editor',
  input: LinkPrompts,
  async handle({ store }, { trace_id, prompt_versions }) {
    await store.linkPrompts(
      trace_id,
      (prompt_versions ?? []).map(({ name, version }) => `${name}/${version}`),
    );
    return {};
  },
});
