import { Link } from '@tanstack/react-router';
import { Status } from '@/components/status.tsx';
import type { VersionPage } from '@/lib/api/registry.ts';
import css from './registry.module.css';

/** Data → run → version → deployments: each a step that can be followed. */
export function Lineage({ page }: { page: VersionPage }) {
  const { run, name, version, deployments } = page;
  const data = run?.datasets ?? [];
  return (
    <ol className={css.lineage} aria-label="Lineage">
      <li>
        <small>Data</small>
        {data.length === 0 && <span className="muted">not logged</span>}
        {data.map(({ name: set, digest, context }) => (
          <span key={`${set}${digest}${context}`} title={`${context} ${digest}`}>
            {set} <code className="muted">{digest.slice(0, 8)}</code>
          </span>
        ))}
      </li>
      <li>
        <small>Run</small>
        {run === null ? (
          <span className="muted">not known</span>
        ) : (
          <Link className="link" to="/runs/$id" params={{ id: run.run_id }}>
            {run.run_name || run.run_id.slice(0, 8)}
          </Link>
        )}
      </li>
      <li>
        <small>Version</small>
        <span>
          {name} v{version}
        </span>
      </li>
      <li>
        <small>Serves</small>
        {deployments === null && <span className="muted">cannot be told</span>}
        {deployments?.length === 0 && <span className="muted">nothing now</span>}
        {deployments?.map(({ deployment, variant, role, state, is_live }) => (
          <span key={`${deployment}/${variant}`} className="row">
            <Link className="link" to="/deployments/$name" params={{ name: deployment }}>
              {deployment}
            </Link>
            <span className="muted">{role}</span>
            <Status tone={state === 'failed' ? 'bad' : is_live ? 'ok' : 'info'}>{is_live ? 'live' : state}</Status>
          </span>
        ))}
      </li>
    </ol>
  );
}
