import IconArrow from '@tabler/icons-react/dist/esm/icons/IconArrowRight.mjs';
import { Link } from '@tanstack/react-router';
import { CopyId } from '@/components/copy.tsx';
import type { PredictionEvent } from '@/lib/api/predictions.ts';
import { significant } from '@/lib/format.ts';
import { byImportance } from '@/lib/metric-text.ts';
import css from './event-view.module.css';

/** Version → run → data, each a step that can be followed. */
export function Lineage({ event }: { event: PredictionEvent }) {
  const { model_name, model_version, run_id, run } = event.lineage;
  const data = run?.datasets ?? [];
  const metrics = run?.metrics ?? {};
  const shown = byImportance(Object.keys(metrics)).slice(0, 4);
  return (
    <>
      <ol className={css.lineage} aria-label="Lineage">
        <li>
          <span className="muted">Version</span>
          <Link className="link" to="/models/$name/$version" params={{ name: model_name, version: model_version }}>
            {model_name} v{model_version}
          </Link>
        </li>
        <li>
          <IconArrow size={13} aria-hidden="true" />
          <span className="muted">Run</span>
          {run_id === null ? (
            <span>not known</span>
          ) : (
            <>
              <Link className="link clip" to="/runs/$id" params={{ id: run_id }}>
                {run?.run_name || run_id.slice(0, 8)}
              </Link>
              <CopyId id={run_id} what="run id" length={8} />
            </>
          )}
        </li>
        <li>
          <IconArrow size={13} aria-hidden="true" />
          <span className="muted">Data</span>
          {data.length === 0 && <span>not logged</span>}
          {data.map(({ name, digest, context }) => (
            <span key={`${name}${digest}${context}`} className="row" title={`${context}: ${name}`}>
              {name} <CopyId id={digest} what="data hash" />
            </span>
          ))}
        </li>
      </ol>
      {shown.length > 0 && (
        <p className={css.metrics}>
          {shown.map((name) => (
            <span key={name}>
              {name} <b>{significant(metrics[name] ?? Number.NaN, 4)}</b>
            </span>
          ))}
        </p>
      )}
    </>
  );
}
