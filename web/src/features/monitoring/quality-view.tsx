import { TimeChart } from '@/components/charts/time-chart.tsx';
import { Snippet } from '@/components/copy.tsx';
import { Empty } from '@/components/states.tsx';
import type { Quality } from '@/lib/api/monitors.ts';
import { count, percent } from '@/lib/format.ts';
import { metricName, metricText } from '@/lib/metric-text.ts';
import { bucketsOf, place } from '@/lib/series.ts';
import type { Window } from '@/lib/time-range.ts';
import { Matrix } from './matrix.tsx';
import css from './quality.module.css';

const SHOWN = { classification: ['accuracy', 'precision', 'recall', 'f1'], regression: ['rmse', 'mae', 'r2', 'bias'], other: [] } as const;

/** How much of the traffic has a label by now. */
export const coverageText = ({ coverage }: Quality): string =>
  `${count(coverage.labelled)} of ${count(coverage.predictions)} rows labelled (${percent(coverage.share)})`;

/** Quality as the labels tell it: figures, over time, and where it goes wrong. */
export function QualityView({ quality, window, onZoom }: { quality: Quality; window: Window; onZoom: (window: Window) => void }) {
  if (quality.coverage.labelled === 0) {
    const code = `curl -s ${location.origin}/feedback -H 'content-type: application/json' \\\n  -d '{"prediction_id": "ID", "actual": ${quality.task === 'regression' ? '1.5' : '"label"'}}'`;
    return (
      <Empty title="No labels in this range">
        <p>Quality is known once the true outcomes arrive:</p>
        <Snippet code={code} what="command" />
      </Empty>
    );
  }
  const names = SHOWN[quality.task].filter((name) => quality.realised[name] != null);
  const cells = quality.confusion.map(({ predicted, actual, count: n }) => ({ row: predicted, column: actual, count: n }));
  return (
    <div className={css.quality}>
      <dl className={css.figures}>
        {names.map((name) => (
          <div key={name}>
            <dt>{metricName(name)}</dt>
            <dd>{metricText(name, quality.realised[name])}</dd>
          </div>
        ))}
      </dl>
      <OverTime quality={quality} window={window} onZoom={onZoom} metric={names[0]} />
      {cells.length > 0 && <Matrix cells={cells} corner="predicted ↓  actual →" label="Predicted and actual labels" />}
    </div>
  );
}

interface OverTimeProps {
  readonly quality: Quality;
  readonly window: Window;
  readonly onZoom: (window: Window) => void;
  readonly metric: string | undefined;
}

function OverTime({ quality, window, onZoom, metric }: OverTimeProps) {
  if (metric === undefined || quality.bucket_ms === null) return null;
  const buckets = bucketsOf(window, quality.bucket_ms);
  const points = quality.series.map((point) => ({ ...point, t: Date.parse(point.t) }));
  const lines = (['primary', 'shadow'] as const).flatMap((role) => {
    const own = points.filter((point) => point.role === role);
    if (own.length === 0) return [];
    const dash = role === 'shadow' ? { dash: [5, 4] } : {};
    return [{ name: role, color: `var(--role-${role})`, values: place(buckets, own, ({ metrics }) => metrics[metric] ?? null), ...dash }];
  });
  return (
    <TimeChart
      title={metricName(metric)}
      lines={lines}
      buckets={buckets}
      window={window}
      unit={(value) => metricText(metric, value)}
      onZoom={onZoom}
      height={120}
      fromZero={false}
    />
  );
}
