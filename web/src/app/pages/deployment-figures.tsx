import { Link } from '@tanstack/react-router';
import { Panel, Stat, Stats } from '@/components/panel.tsx';
import { Shown } from '@/components/states.tsx';
import { TrafficCharts } from '@/features/serving/traffic-charts.tsx';
import { Variants } from '@/features/serving/variants.tsx';
import type { Change, Deployment } from '@/lib/api/deployments.ts';
import { type Group, groupPredictions, predictionSeries } from '@/lib/api/predictions.ts';
import { count, inSentence, millis, percent, rate } from '@/lib/format.ts';
import { useRangeQuery } from '@/lib/live.ts';
import type { Window } from '@/lib/time-range.ts';
import { useRange, useZoom } from '@/lib/use-range.ts';

/** Traffic of one deployment: the figures and the charts. */
export function DeploymentFigures({ deployment, changes }: { deployment: Deployment; changes: readonly Change[] }) {
  const range = useRange();
  const zoom = useZoom();
  const filter = { deployment: deployment.name };
  const series = useRangeQuery(['series', filter, 'role'], range, (window, signal) =>
    predictionSeries(filter, { by: 'role', window }, signal),
  );
  const byRole = useRangeQuery(['groups', filter, 'role'], range, (window, signal) =>
    groupPredictions(filter, { by: 'role', window }, signal),
  );
  const roles = byRole.data?.data ?? [];
  return (
    <>
      <Summary deployment={deployment.name} figures={roles.find(({ group }) => group === 'primary')} window={byRole.data?.window} />
      <Panel>
        <Shown query={series} what="The traffic" height={170}>
          {({ data, window }) => <TrafficCharts series={data} window={window} changes={changes} onZoom={zoom} />}
        </Shown>
      </Panel>
    </>
  );
}

function Summary({ deployment, figures, window }: { deployment: string; figures: Group | undefined; window: Window | undefined }) {
  const { search } = useRange();
  const filter = { ...search, deployment, variant: 'primary' as const };
  const seconds = window ? (window.toMs - window.fromMs) / 1000 : null;
  const rows = figures?.count ?? 0;
  return (
    <Stats>
      <Stat
        name="Rows answered"
        value={
          <Link className="under" to="/predictions" search={filter}>
            {window ? count(rows) : '–'}
          </Link>
        }
        note={seconds === null ? 'reading' : `${rate(rows / seconds)} on average`}
      />
      <Stat name="Latency p50" value={millis(figures?.p50_ms)} note={`mean ${millis(figures?.mean_ms)}`} />
      <Stat name="Latency p95" value={millis(figures?.p95_ms)} note={`p99 ${millis(figures?.p99_ms)}`} />
      <Stat
        name="Errors"
        value={
          <Link className="under" to="/predictions" search={{ ...filter, status: 'error' }}>
            {figures ? count(figures.errors) : '–'}
          </Link>
        }
        note={figures && figures.count > 0 ? percent(figures.errors / figures.count) : 'no rows'}
      />
    </Stats>
  );
}

function useByRole(deployment: string) {
  const filter = { deployment };
  return useRangeQuery(['groups', filter, 'role'], useRange(), (window, signal) =>
    groupPredictions(filter, { by: 'role', window }, signal),
  );
}

export function DeploymentVariants({ deployment }: { deployment: Deployment }) {
  const range = useRange();
  const shadows = { deployment: deployment.name, variant: 'shadow' as const };
  const byVersion = useRangeQuery(['groups', shadows, 'version'], range, (window, signal) =>
    groupPredictions(shadows, { by: 'version', window }, signal),
  );
  const byRole = useByRole(deployment.name);
  return (
    <Panel title="Variants" note={inSentence(range.label)} flush>
      <Variants deployment={deployment} byRole={byRole.data?.data ?? []} byVersion={byVersion.data?.data ?? []} range={range.search} />
    </Panel>
  );
}
