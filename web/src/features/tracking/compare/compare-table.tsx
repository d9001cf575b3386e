import { Link } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { Ago } from '@/components/ago.tsx';
import table from '@/components/table.module.css';
import type { Run } from '@/lib/api/mlflow.ts';
import { significant, took } from '@/lib/format.ts';
import { RunStatus } from '../run-status.tsx';
import css from './compare.module.css';
import { type Compared, differs, lookOf, nameOf } from './figures.ts';

interface CompareTableProps {
  readonly runs: readonly Run[];
  readonly groups: readonly { readonly title: string; readonly lines: readonly Compared[] }[];
  readonly active: string | null;
  readonly onActive: (id: string | null) => void;
  readonly onRemove: (id: string) => void;
}

/** A column per run. In each row of figures the largest and the smallest are marked. */
export function CompareTable({ runs, groups, active, onActive, onRemove }: CompareTableProps) {
  return (
    <div className={css.scroll}>
      <table className={`${table.table} ${css.table}`} onPointerLeave={() => onActive(null)}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {runs.map((run, i) => (
              <th
                scope="col"
                key={run.info.run_id}
                data-active={active === run.info.run_id}
                onPointerEnter={() => onActive(run.info.run_id)}
              >
                <span className="row">
                  <Swatch run={run} index={i} />
                  <Link className={`clip ${css.run}`} to="/runs/$id" params={{ id: run.info.run_id }} title={nameOf(run)}>
                    {nameOf(run)}
                  </Link>
                  {runs.length > 2 && (
                    <button
                      type="button"
                      className={css.remove}
                      onClick={() => onRemove(run.info.run_id)}
                      aria-label={`Leave ${nameOf(run)} out`}
                    >
                      ×
                    </button>
                  )}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Fixed runs={runs} name="State" value={({ info }) => <RunStatus status={info.status} />} />
          <Fixed runs={runs} name="Started" value={({ info }) => <Ago time={Number(info.start_time)} />} />
          <Fixed
            runs={runs}
            name="Took"
            value={({ info }) => (info.end_time ? took(Math.max(0, Number(info.end_time) - Number(info.start_time))) : 'running')}
          />
          {groups.map(({ title, lines }) => (
            <Fragment key={title}>
              <tr className={css.group}>
                <th scope="rowgroup" colSpan={runs.length + 1}>
                  {title}
                </th>
              </tr>
              {lines.length === 0 && (
                <tr>
                  <td colSpan={runs.length + 1} className="muted">
                    {title === 'Metrics' ? 'No metric' : `No ${title.toLowerCase().replace(/s$/u, '')}`} differs.
                  </td>
                </tr>
              )}
              {lines.map((line) => (
                <Line key={line.id} line={line} runs={runs} active={active} />
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Swatch({ run, index }: { run: Run; index: number }) {
  const { color, isDashed } = lookOf(run, index);
  return <i className={css.swatch} style={{ borderTopColor: color, borderTopStyle: isDashed ? 'dashed' : 'solid' }} aria-hidden="true" />;
}

function Fixed({ runs, name, value }: { runs: readonly Run[]; name: string; value: (run: Run) => ReactNode }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {runs.map((run) => (
        <td key={run.info.run_id}>{value(run)}</td>
      ))}
    </tr>
  );
}

function Line({ line, runs, active }: { line: Compared; runs: readonly Run[]; active: string | null }) {
  const isMetric = line.id.startsWith('metrics.');
  const numbers = line.values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return (
    <tr>
      <th scope="row" title={line.name}>
        <span className="clip">{line.name}</span>
      </th>
      {line.values.map((value, i) => {
        const mark =
          isMetric && differs(line) && low < high ? (value === high ? 'highest' : value === low ? 'lowest' : undefined) : undefined;
        return (
          <td
            key={runs[i]?.info.run_id}
            data-active={active === runs[i]?.info.run_id}
            title={value === undefined ? undefined : String(value)}
          >
            <span className="clip">{value === undefined ? <span className="muted">–</span> : textOf(value)}</span>
            {mark && <span className={css.mark}>{mark}</span>}
          </td>
        );
      })}
    </tr>
  );
}

const textOf = (value: string | number): string =>
  typeof value === 'string' ? value || 'empty' : Number.isNaN(value) ? 'not a number' : significant(value, 6);
