import { Link } from '@tanstack/react-router';
import { Ago } from '@/components/ago.tsx';
import { CopyId } from '@/components/copy.tsx';
import { Status, type Tone } from '@/components/status.tsx';
import table from '@/components/table.module.css';
import type { Run } from '@/lib/api/mlflow.ts';
import { millis, significant } from '@/lib/format.ts';
import { metricColumns, paramColumns } from './run-columns.ts';

const TONES: Readonly<Record<string, Tone>> = { FINISHED: 'ok', RUNNING: 'info', SCHEDULED: 'info', FAILED: 'bad', KILLED: 'warn' };

export function RunStatus({ status }: { status: string }) {
  return <Status tone={TONES[status] ?? 'none'}>{status.toLowerCase()}</Status>;
}

/** Runs as a plain table: state, metrics, the parameters that differ. */
export function Runs({ runs, selected }: { runs: readonly Run[]; selected: string | undefined }) {
  const metrics = metricColumns(runs);
  const params = paramColumns(runs);
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            {metrics.map((name) => (
              <th scope="col" key={`m-${name}`} className={table.num}>
                {name}
              </th>
            ))}
            {params.map((name) => (
              <th scope="col" key={`p-${name}`}>
                {name}
              </th>
            ))}
            <th scope="col" className={table.num}>
              Took
            </th>
            <th scope="col">Started</th>
            <th scope="col">Id</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(({ info, data }) => (
            <tr key={info.run_id} data-selected={info.run_id === selected}>
              <td>
                <Link className="under" to="/experiments" search={{ experiment: info.experiment_id, run: info.run_id }}>
                  {info.run_name || 'unnamed'}
                </Link>
              </td>
              <td>
                <RunStatus status={info.status} />
              </td>
              {metrics.map((name) => (
                <td key={`m-${name}`} className={table.num}>
                  {metricText(data.metrics?.find(({ key }) => key === name)?.value)}
                </td>
              ))}
              {params.map((name) => (
                <td key={`p-${name}`}>{data.params?.find(({ key }) => key === name)?.value ?? '–'}</td>
              ))}
              <td className={table.num}>{info.end_time ? millis(Number(info.end_time) - Number(info.start_time)) : '–'}</td>
              <td>
                <Ago time={Number(info.start_time)} />
              </td>
              <td>
                <CopyId id={info.run_id} what="run id" length={8} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const metricText = (value: number | string | undefined): string => (value === undefined ? '–' : significant(Number(value), 4));
