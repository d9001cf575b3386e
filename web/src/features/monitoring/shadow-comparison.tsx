import { Empty } from '@/components/states.tsx';
import { RoleMark, Status } from '@/components/status.tsx';
import type { ShadowPair } from '@/lib/api/monitors.ts';
import { count, millis, percent, significant } from '@/lib/format.ts';
import { metricName, metricText } from '@/lib/metric-text.ts';
import css from './drift.module.css';
import { Matrix } from './matrix.tsx';

/** Primary against each shadow on the same rows. */
export function ShadowComparison({ pairs }: { pairs: readonly ShadowPair[] }) {
  const compared = pairs.filter(({ n }) => n > 0);
  if (compared.length === 0) {
    return (
      <Empty title="No rows answered by both yet">
        <p>The shadow scores the same rows after the answer was sent. Its answers appear here a moment later.</p>
      </Empty>
    );
  }
  return (
    <div className={css.pairs}>
      {compared.map((pair) => (
        <Pair key={`${pair.primary_version} ${pair.shadow_version}`} pair={pair} />
      ))}
    </div>
  );
}

function Pair({ pair }: { pair: ShadowPair }) {
  const cells = pair.confusion.map(({ primary, shadow, count: n }) => ({ row: primary, column: shadow, count: n }));
  return (
    <div className={css.pair}>
      <p>{pair.sentence}</p>
      <div className={css.sides}>
        <Figures pair={pair} />
        {cells.length > 0 && <Matrix cells={cells} corner="primary ↓  shadow →" label="Answers of primary and shadow to the same rows" />}
      </div>
    </div>
  );
}

function Figures({ pair }: { pair: ShadowPair }) {
  const { latency, error_gap: gap } = pair;
  return (
    <table className={css.compare}>
      <thead>
        <tr>
          <th scope="col">
            <span className="sr">Figure</span>
          </th>
          <th scope="col">
            <RoleMark variant="primary">v{pair.primary_version}</RoleMark>
          </th>
          <th scope="col">
            <RoleMark variant="shadow">v{pair.shadow_version}</RoleMark>
          </th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">{pair.confusion.length > 0 ? 'Same answer' : 'Within 10⁻⁶'}</th>
          <td colSpan={2}>
            {percent(pair.agreement)} of {count(pair.n)} rows
          </td>
        </tr>
        <tr>
          <th scope="row">Mean, largest difference</th>
          <td colSpan={2}>
            {pair.mean_abs_difference === null ? '–' : significant(pair.mean_abs_difference)},{' '}
            {pair.max_abs_difference === null ? '–' : significant(pair.max_abs_difference)}
          </td>
        </tr>
        <tr>
          <th scope="row">Latency p50</th>
          <td>{millis(latency.primary_p50_ms)}</td>
          <td>{millis(latency.shadow_p50_ms)}</td>
        </tr>
        <tr>
          <th scope="row">Latency p95</th>
          <td>{millis(latency.primary_p95_ms)}</td>
          <td>{millis(latency.shadow_p95_ms)}</td>
        </tr>
        {gap && (
          <tr>
            <th scope="row">{metricName(gap.metric)}</th>
            <td>{metricText(gap.metric, gap.primary)}</td>
            <td>
              {metricText(gap.metric, gap.shadow)} <Chance gap={gap} />
            </td>
          </tr>
        )}
        <tr>
          <th scope="row">Labelled, shadow errors</th>
          <td>{count(pair.labelled)}</td>
          <td>{count(pair.shadow_errors)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function Chance({ gap }: { gap: NonNullable<ShadowPair['error_gap']> }) {
  if (gap.significant === null) return <Status tone="none">too few labels</Status>;
  const title = `${gap.test}${gap.p_value === null ? '' : `, p = ${significant(gap.p_value)}`}`;
  if (!gap.significant)
    return (
      <Status tone="none" title={title}>
        may be chance
      </Status>
    );
  const isBetter = gap.metric === 'accuracy' ? gap.difference > 0 : gap.difference < 0;
  return (
    <Status tone={isBetter ? 'ok' : 'bad'} title={title}>
      {isBetter ? 'better' : 'worse'}
    </Status>
  );
}
