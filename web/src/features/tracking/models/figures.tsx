import { Link } from '@tanstack/react-router';
import { Panel } from '@/components/panel.tsx';
import table from '@/components/table.module.css';
import type { LoggedModel } from '@/lib/api/logged-models.ts';
import { count } from '@/lib/format.ts';
import { byImportance } from '@/lib/metric-text.ts';
import { Listing, numberText } from '../run/overview.tsx';
import { lastMetrics } from './model-facts.ts';

/** What was measured of a model: on which data set, by which run. */
export function ModelMetrics({ model }: { model: LoggedModel }) {
  const last = new Map(
    lastMetrics(model).map((metric) => [JSON.stringify([metric.key, metric.dataset_name, metric.dataset_digest]), metric]),
  );
  const ranks = new Map(byImportance([...new Set([...last.values()].map(({ key }) => key))]).map((key, i) => [key, i]));
  const names = [...last].sort(([, a], [, b]) => (ranks.get(a.key) ?? 0) - (ranks.get(b.key) ?? 0)).map(([name]) => name);
  return (
    <Listing title="Metrics" what="metric" names={names} head={['Name', 'Last value', 'Step', 'Data set', 'Measured by']} numeric={2}>
      {(name) => {
        const metric = last.get(name);
        if (metric === undefined) return null;
        const { key, value, step, dataset_name, dataset_digest, run_id } = metric;
        return (
          <tr key={name}>
            <td className={table.grow} title={key}>
              {key}
            </td>
            <td className={table.num} title={String(value)}>
              {numberText(value)}
            </td>
            <td className={`${table.num} muted`}>{count(Number(step))}</td>
            <td title={dataset_digest}>{dataset_name ?? <span className="muted">–</span>}</td>
            <td>
              <Link className="link" to="/runs/$id" params={{ id: run_id }}>
                {run_id.slice(0, 8)}
              </Link>
            </td>
          </tr>
        );
      }}
    </Listing>
  );
}

export function ModelParams({ model }: { model: LoggedModel }) {
  const params = new Map((model.data?.params ?? []).map(({ key, value }) => [key, value]));
  if (params.size === 0) return <Panel title="Parameters">None were logged with the model; its run may have some.</Panel>;
  return (
    <Listing title="Parameters" what="parameter" names={[...params.keys()]} head={['Name', 'Value']}>
      {(name) => (
        <tr key={name}>
          <td>{name}</td>
          <td className={table.grow} title={params.get(name)}>
            {params.get(name) === '' ? <span className="muted">empty</span> : params.get(name)}
          </td>
        </tr>
      )}
    </Listing>
  );
}
