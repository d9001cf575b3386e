import { writePageToken } from '#contract/http/mlflow/page-token.ts';
import { ListWebhooks } from '#contract/http/mlflow/registry/webhooks.ts';
import { checkedPlace, refuse } from '#http/mlflow/input.ts';
import { registryRoute } from '../../route.ts';
import { webhookToWire } from '../../webhooks/wire.ts';

const QUERY = 'webhooks';

/** GET /api/2.0/mlflow/webhooks */
export const listWebhooks = registryRoute({
  method: 'GET',
  path: '/mlflow/webhooks',
  summary: 'Webhooks, newest first',
  access: 'viewer',
  input: ListWebhooks,
  async handle({ webhooks }, { max_results, page_token }) {
    const size = max_results || 100;
    if (size < 1 || size > 1000) throw refuse('max_results must be between 1 and 1000.');
    const [time, id] = checkedPlace(page_token, QUERY)?.after ?? [];
    const found = await webhooks.store.list(size + 1, time === undefined ? undefined : { time: Number(time), id: String(id) });
    const page = found.slice(0, size);
    const last = page.at(-1);
    const more =
      found.length > size && last ? { next_page_token: writePageToken({ phase: 0, after: [last.creation_time, last.id] }, QUERY) } : {};
    return { ...(page.length > 0 ? { webhooks: page.map(webhookToWire) } : {}), ...more };
  },
});
