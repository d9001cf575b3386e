import { type LoggedModelOrder, SearchLoggedModels } from '#contract/http/mlflow/logged-models.ts';
import { loggedModelGrammar } from '#contract/http/mlflow/search-grammars.ts';
import type { OrderKey } from '#contract/http/mlflow/search-order.ts';
import { checkedPageSize, checkedPlace, checkedSearch, refuse } from '#http/mlflow/input.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { loggedModelToWire, nextToken } from '../../wire.ts';

/** POST /api/2.0/mlflow/logged-models/search */
export const searchLoggedModels = trackingRoute({
  method: 'POST',
  path: '/mlflow/logged-models/search',
  summary: 'Search logged models',
  access: 'viewer',
  input: SearchLoggedModels,
  async handle({ store }, { experiment_ids, filter, datasets, max_results, order_by, page_token }) {
    const experiments = experiment_ids ?? [];
    experiments.forEach(checkExperimentId);
    const on = (datasets ?? []).map(({ dataset_name, dataset_digest }) => {
      if (!dataset_name) throw refuse('`dataset_name` in the `datasets` clause must be specified.');
      return { name: dataset_name, ...(dataset_digest ? { digest: dataset_digest } : {}) };
    });
    const limit = checkedPageSize(max_results || undefined, 100, 50_000);
    const { filter: checked } = checkedSearch(filter, [], loggedModelGrammar);
    const query = JSON.stringify(['logged-models', experiments, filter ?? '', on, order_by ?? []]);
    const search = { filter: checked, order: (order_by ?? []).map(orderKey), place: checkedPlace(page_token, query), limit };
    const { items, next } = await store.searchLoggedModels({ ...search, view: 'ACTIVE_ONLY', experiments, datasets: on });
    return { ...(items.length > 0 ? { models: items.map(loggedModelToWire) } : {}), ...nextToken(next, query) };
  },
});

function orderKey({ field_name, ascending, dataset_name, dataset_digest }: LoggedModelOrder): OrderKey {
  const descending = ascending === false;
  const [, metric] = /^metrics\.(.+)$/su.exec(field_name) ?? [];
  if (metric !== undefined) {
    const dataset = dataset_name ? { dataset: { name: dataset_name, ...(dataset_digest ? { digest: dataset_digest } : {}) } } : {};
    return { entity: 'metric', key: metric.replace(/^([`"])(.*)\1$/su, '$2'), descending, ...dataset };
  }
  const attribute = field_name.replace(/^attributes\./u, '');
  const key = Object.hasOwn(loggedModelGrammar.order, attribute) ? loggedModelGrammar.order[attribute] : undefined;
  if (key !== undefined) return { entity: 'attribute', key, descending };
  throw refuse(`Invalid order by field name: ${field_name}${field_name.includes('.') ? '. Only metrics are supported.' : ''}`);
}
