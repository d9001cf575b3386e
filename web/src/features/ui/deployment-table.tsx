import { Link } from '@tanstack/react-router';
import { Ago } from '@/components/ago.tsx';
import { Sparkline } from '@/components/charts/sparkline.tsx';
import { RoleMark, Status } from '@/components/status.tsx';
import table from '@/components/table.module.css';
import { type Deployment, primaryOf } from '@/lib/api/deployments.ts';
import type { MonitorLine } from '@/lib/api/monitors.ts';
import { count, millis, percent, rate, significant } from '@/lib/format.ts';
import { metricName, metricText } from '@/lib/metric-text.ts';
import { perSecond } from '@/lib/series.ts';
import type { RangeSearch, Window } from '@/lib/time-range.ts';
import type { Traffic } from './use-fleet.ts';

interface DeploymentTableProps {
  readonly deployments: readonly Deployment[];
  readonly traffic: Traffic | undefined;
  readonly window: Window | undefined;
  /** Undefined until they are known: until then nothing is said of quality and drift. */
  readonly monitors: ReadonlyMap<string, MonitorLine> | undefined;
  readonly range: RangeSearch;
}

/** A line per deployment: is it live, busy, fast, right, and still seeing what it was trained on? */
export function DeploymentTable({ deployments, ...rest }: DeploymentTableProps) {
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Deployment</th>
            <th scope="col">State</th>
            <th scope="col">Live</th>
            <th scope="col">Traffic</th>
            <th scope="col" className={table.num}>
              Rows
            </th>
            <th scope="col" className={table.num}>
              p95
            </th>
            <th scope="col" className={table.num}>
              Errors
            </th>
            <th scope="col">Quality</th>
            <th scope="col">Drift</th>
            <th scope="col">Shadow</th>
            <th scope="col">Last change</th>
          </tr>
        </thead>
        <tbody>
          {deployments.map((deployment) => (
            <Row key={deployment.name} deployment={deployment} {...rest} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ deployment, traffic, window, monitors, range }: Omit<DeploymentTableProps, 'deployments'> & { deployment: Deployment }) {
  const { name } = deployment;
  const primary = primaryOf(deployment);
  const shadow = deployment.variants.find(({ role }) => role === 'shadow');
  const figures = traffic?.figures.get(name);
  const monitor = monitors?.get(name);
  const filter = { ...range, deployment: name, variant: 'primary' as const };
  return (
    <tr>
      <td>
        <Link className="under" to="/deployments/$name" params={{ name }} search={range} style={{ fontWeight: 500 }}>
          {name}
        </Link>
        {deployment.is_default && <span className="muted"> default</span>}
      </td>
      <td>
        <State deployment={deployment} />
      </td>
      <td className="nowrap">
        {primary?.version == null ? (
          <span className="muted">none</span>
        ) : (
          // A model mostly has its deployment's name, and a table with every name twice is wider than the page.
          `${primary.model_name === name ? '' : `${primary.model_name} `}v${primary.version}`
        )}
      </td>
      <td>
        <Rate name={name} traffic={traffic} window={window} />
      </td>
      <td className={table.num}>
        <Link className="under" to="/predictions" search={filter}>
          {traffic === undefined ? '–' : count(figures?.count ?? 0)}
        </Link>
      </td>
      <td className={table.num}>{millis(figures?.p95_ms)}</td>
      <td className={table.num}>
        {figures && figures.errors > 0 ? (
          <Link className="under" to="/predictions" search={{ ...filter, status: 'error' }}>
            {count(figures.errors)} ({percent(figures.errors / figures.count)})
          </Link>
        ) : (
          <span className="muted">{figures ? '0' : '–'}</span>
        )}
      </td>
      <td>{monitors === undefined ? <span className="muted">–</span> : <Quality monitor={monitor} />}</td>
      <td>{monitors === undefined ? <span className="muted">–</span> : <DriftCell monitor={monitor} />}</td>
      <td>
        <Shadow variant={shadow} monitor={monitor} />
      </td>
      <td className="muted">
        <Ago time={deployment.updated_at} />
      </td>
    </tr>
  );
}

/** One word for the whole deployment: its worst variant. */
export function State({ deployment }: { deployment: Deployment }) {
  const primary = primaryOf(deployment);
  if (!primary || primary.version === null)
    return <Status tone={primary?.state === 'loading' ? 'info' : 'bad'}>{primary?.state === 'loading' ? 'loading' : 'not serving'}</Status>;
  const worst = deployment.variants.find(({ state }) => state === 'failed');
  if (worst)
    return (
      <Status tone="warn" title={worst.error}>
        {worst.role} failed
      </Status>
    );
  if (primary.desired_version !== primary.version) return <Status tone="info">moving to v{primary.desired_version}</Status>;
  return <Status tone="ok">live</Status>;
}

/** Empty buckets at the end after which a deployment counts as idle; the newest one is still filling. */
const IDLE_BUCKETS = 3;

function Rate({ name, traffic, window }: { name: string; traffic: Traffic | undefined; window: Window | undefined }) {
  if (!traffic || !window) return <span className="muted">–</span>;
  const values = perSecond(traffic.buckets, traffic.points.get(name) ?? [], window.toMs);
  const at = values.findLastIndex((value) => value !== null);
  const last = values[at];
  if (last === undefined || last === null) return <span className="muted">no traffic</span>;
  const text = at >= values.length - IDLE_BUCKETS ? rate(last) : 'idle';
  return (
    <span className="row">
      <Sparkline values={values} label={`Rows per second of ${name}, lately ${text}`} />
      <span style={{ minWidth: 56 }}>{text}</span>
    </span>
  );
}

function Quality({ monitor }: { monitor: MonitorLine | undefined }) {
  const quality = monitor?.quality;
  if (!quality || quality.value === null || quality.n === 0) return <span className="muted">no labels</span>;
  return (
    <span title={`${metricName(quality.metric)} over ${count(quality.n)} labelled rows`}>
      {metricText(quality.metric, quality.value)} <span className="muted">{metricName(quality.metric)}</span>
    </span>
  );
}

function DriftCell({ monitor }: { monitor: MonitorLine | undefined }) {
  const drift = monitor?.drift;
  if (!drift || drift.max_psi === null) return <span className="muted">too few rows</span>;
  const isDrifted = drift.share_drifted > 0;
  const title = `Largest PSI: ${drift.column ?? 'none'} ${significant(drift.max_psi)}, over ${count(drift.n)} rows`;
  return (
    <Status tone={isDrifted ? 'warn' : 'ok'} title={title}>
      {isDrifted ? `${percent(drift.share_drifted, 0)} of inputs` : 'none'}
    </Status>
  );
}

function Shadow({ variant, monitor }: { variant: Deployment['variants'][number] | undefined; monitor: MonitorLine | undefined }) {
  if (!variant) return <span className="muted">none</span>;
  const agreement = monitor?.shadow?.agreement;
  return (
    <RoleMark variant="shadow">
      {variant.version === null ? variant.state : `v${variant.version}`}
      {agreement != null && <span className="muted">agrees {percent(agreement)}</span>}
    </RoleMark>
  );
}
