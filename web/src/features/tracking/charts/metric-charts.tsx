import { SegmentedControl, Slider, Switch, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { type XyAxis, XyChart } from '@/components/charts/xy-chart.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import { type MetricSeries, metricSeries } from '@/lib/api/tracking.ts';
import { EVERY, useLive } from '@/lib/live.ts';
import { byImportance, metricName } from '@/lib/metric-text.ts';
import css from './charts.module.css';
import { curveOf, type Look } from './curves.ts';

interface MetricChartsProps {
  /** Runs by id, each with its look. */
  readonly runs: ReadonlyMap<string, Look>;
  readonly keys: readonly string[];
  /** Whether new points can still come. */
  readonly isLive: boolean;
}

/** More charts than these are slower to draw than anybody reads: one narrows them down by name. */
const MOST_CHARTS = 24;

/** A chart per metric, all with the same axis and smoothing. */
export function MetricCharts({ runs, keys, isLive }: MetricChartsProps) {
  const [axis, setAxis] = useState<XyAxis>('step');
  const [weight, setWeight] = useState(0);
  const [isLog, setIsLog] = useState(false);
  const [find, setFind] = useState('');
  const matching = byImportance(keys.filter((key) => key.toLowerCase().includes(find.toLowerCase())));
  const shown = matching.slice(0, MOST_CHARTS);
  const ids = [...runs.keys()];
  const query = useLive(
    ['series', ids, shown],
    (signal) => (shown.length === 0 ? Promise.resolve([]) : metricSeries({ runIds: ids, keys: shown }, signal)),
    {
      everyMs: isLive ? EVERY.normal : 60_000,
    },
  );
  return (
    <>
      <div className={css.controls}>
        <TextInput
          size="xs"
          w={220}
          placeholder="Part of a metric's name"
          aria-label="Find a metric"
          value={find}
          onChange={(e) => setFind(e.currentTarget.value)}
        />
        <SegmentedControl
          size="xs"
          aria-label="Axis"
          value={axis}
          onChange={(value) => setAxis(value as XyAxis)}
          data={[
            { value: 'step', label: 'Step' },
            { value: 'relative', label: 'Relative' },
            { value: 'time', label: 'Time' },
          ]}
        />
        <div className={css.smoothing}>
          Smoothing
          <Slider
            size="sm"
            w={140}
            min={0}
            max={0.99}
            step={0.01}
            value={weight}
            onChange={setWeight}
            label={(value) => value.toFixed(2)}
            thumbLabel="Smoothing"
          />
          <span>{weight.toFixed(2)}</span>
        </div>
        <Switch size="xs" label="Log axis" checked={isLog} onChange={(event) => setIsLog(event.currentTarget.checked)} />
        <span className="muted end">drag to zoom, double click for all</span>
      </div>
      {runs.size > 1 && <Legend looks={[...runs.values()]} />}
      <Shown query={query} what="The points" height={220}>
        {(series) => <Charts series={series} runs={runs} keys={shown} view={{ axis, weight, isLog }} />}
      </Shown>
      {matching.length > shown.length && (
        <p className="muted">{matching.length - shown.length} more metrics are not drawn: search for them by name.</p>
      )}
    </>
  );
}

function Legend({ looks }: { looks: readonly Look[] }) {
  return (
    <ul className={css.legend} aria-label="Runs">
      {looks.map(({ name, color, isDashed }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: runs may share a name, their order is fixed
        <li key={i}>
          <i style={{ borderTopColor: color, borderTopStyle: isDashed ? 'dashed' : 'solid' }} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  );
}

interface ChartsProps {
  readonly series: readonly MetricSeries[];
  readonly runs: ReadonlyMap<string, Look>;
  readonly keys: readonly string[];
  readonly view: { readonly axis: XyAxis; readonly weight: number; readonly isLog: boolean };
}

function Charts({ series, runs, keys, view: { axis, weight, isLog } }: ChartsProps) {
  const charts = useMemo(
    () =>
      keys.map((key) => {
        const own = series.filter((one) => one.key === key);
        const lines = own.flatMap((one) =>
          curveOf(one, runs.get(one.run_id) ?? { name: one.run_id, color: 'var(--none)' }, { axis, weight }),
        );
        return { key, lines, isCurve: own.some(({ values }) => values.length > 1) };
      }),
    [series, runs, keys, axis, weight],
  );
  const curves = charts.filter(({ isCurve }) => isCurve);
  if (curves.length === 0) return <Empty title={keys.length === 0 ? 'No metric of that name' : 'No metric was logged more than once'} />;
  return (
    <div className={css.charts}>
      {curves.map(({ key, lines }) => (
        <div key={key} className={css.chart}>
          <XyChart title={metricName(key)} lines={lines} axis={axis} isLog={isLog} showsLegend={runs.size <= 5} />
        </div>
      ))}
    </div>
  );
}
