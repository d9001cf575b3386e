import { isLonger, tooLong } from '#contract/http/mlflow/names.ts';
import { LinkPrompts } from '#contract/http/mlflow/traces.ts';
import { check } from '#http/mlflow/input.ts';
import { trackingRoute } from '../../route.ts';

/** Characters of `name/version`. */
const LONGEST = 512;

/** POST /api/2.0/mlflow/traces/link-prompts: searches find the trace by `prompt = "name/version"`. */
export const linkPrompts = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces/link-prompts',
  summary: 'Say which versions of prompts were used in a trace',
  access: 'editor',
  input: LinkPrompts,
  async handle({ store }, { trace_id, prompt_versions }) {
    const prompts = (prompt_versions ?? []).map(({ name, version }) => `${name}/${version}`);
    for (const prompt of prompts) check(isLonger(prompt, LONGEST) ? tooLong('prompt_versions', LONGEST) : undefined);
    await store.linkPrompts(trace_id, prompts);
    return {};
  },
});
