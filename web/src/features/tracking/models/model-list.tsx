import { Link } from '@tanstack/react-router';
import { Ago } from '@/components/ago.tsx';
import { ownTags, Tags } from '@/components/edit/tags.tsx';
import { Status } from '@/components/status.tsx';
import table from '@/components/table.module.css';
import type { LoggedModel } from '@/lib/api/logged-models.ts';
import { metricName } from '@/lib/metric-text.ts';
import { numberText } from '../run/overview.tsx';
import { lastMetrics, registeredAs, stateOf } from './model-facts.ts';
import css from './models.module.css';

interface ModelListProps {
  readonly models: readonly LoggedModel[];
  /** Metrics with a column each. */
  readonly metrics: readonly string[];
}

/** Logged models with their figures: where each came from and what became of it. */
export function ModelList({ models, metrics }: ModelListProps) {
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">Created</th>
            {metrics.map((key) => (
              <th scope="col" key={key} className={table.num} title={key}>
                {metricName(key)}
              </th>
            ))}
            <th scope="col">Run</th>
            <th scope="col">Registered as</th>
            <th scope="col">Type and tags</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <Row key={model.info.model_id} model={model} metrics={metrics} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ model, metrics }: { model: LoggedModel; metrics: readonly string[] }) {
  const { model_id: id, name, creation_timestamp_ms, source_run_id, model_type, tags } = model.info;
  const { tone, word } = stateOf(model);
  const last = lastMetrics(model);
  return (
    <tr>
      <td className={css.name}>
        <Link className={css.link} to="/logged-models/$id" params={{ id }} title={id}>
          {name}
        </Link>
      </td>
      <td>
        <Status tone={tone}>{word}</Status>
      </td>
      <td className="muted">
        <Ago time={Number(creation_timestamp_ms)} />
      </td>
      {metrics.map((key) => {
        const found = last.filter((metric) => metric.key === key);
        const all = found.map(({ value, dataset_name }) => `${value}${dataset_name ? ` on ${dataset_name}` : ''}`).join('\n');
        return (
          <td key={key} className={table.num} title={all}>
            {found.length === 0 ? <span className="muted">–</span> : numberText(found[0]?.value)}
            {found.length > 1 && <span className="muted"> +{found.length - 1}</span>}
          </td>
        );
      })}
      <td>
        {source_run_id ? (
          <Link className="link" to="/runs/$id" params={{ id: source_run_id }}>
            {source_run_id.slice(0, 8)}
          </Link>
        ) : (
          <span className="muted">–</span>
        )}
      </td>
      <td>
        <Versions model={model} />
      </td>
      <td className={table.grow}>
        <span className="row">
          {model_type && <span>{model_type}</span>}
          <Tags tags={ownTags(tags).slice(0, 4)} />
        </span>
      </td>
    </tr>
  );
}

const MOST_VERSIONS = 3;

export function Versions({ model, most = MOST_VERSIONS }: { model: LoggedModel; most?: number }) {
  const versions = registeredAs(model);
  if (versions.length === 0) return <span className="muted">–</span>;
  return (
    <>
      {versions.slice(0, most).map(({ name, version }) => (
        <Link key={`${name}/${version}`} className={`link ${css.version}`} to="/models/$name/$version" params={{ name, version }}>
          {name} v{version}
        </Link>
      ))}
      {versions.length > most && <span className="muted">and {versions.length - most} more</span>}
    </>
  );
}
