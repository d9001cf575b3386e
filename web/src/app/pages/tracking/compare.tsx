import { Select, Switch } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { PageHead, Panel } from '@/components/panel.tsx';
import { Empty, Failed, Loading } from '@/components/states.tsx';
import { MetricCharts } from '@/features/tracking/charts/metric-charts.tsx';
import css from '@/features/tracking/compare/compare.module.css';
import { CompareTable } from '@/features/tracking/compare/compare-table.tsx';
import { axisOf, type Compared, differs, lookOf, metricsOf, paramsOf, tagsOf, usualAxes } from '@/features/tracking/compare/figures.ts';
import { Parallel } from '@/features/tracking/compare/parallel.tsx';
import { Scatter } from '@/features/tracking/compare/scatter.tsx';
import { getRun, type Run } from '@/lib/api/mlflow.ts';

const MOST = 20;

export function ComparePage() {
  const { runs: ids = [] } = useSearch({ from: '/compare' });
  const queries = useQueries({
    queries: ids
      .slice(0, MOST)
      .map((id) => ({ queryKey: ['run', id], queryFn: ({ signal }: { signal: AbortSignal }) => getRun(id, signal), staleTime: 10_000 })),
  });
  if (ids.length < 2) {
    return (
      <Empty title="Choose runs to compare">
        <p>
          Select two to twenty runs of{' '}
          <Link className="link" to="/experiments">
            an experiment
          </Link>{' '}
          with x, then press c.
        </p>
      </Empty>
    );
  }
  const failed = queries.find(({ error, data }) => error && !data);
  if (failed?.error) return <Failed error={failed.error} what="One of the runs" retry={() => void failed.refetch()} />;
  const runs = queries.flatMap(({ data }) => data ?? []);
  if (runs.length < queries.length) return <Loading height={480} />;
  return <Loaded runs={runs} />;
}

function Loaded({ runs }: { runs: readonly Run[] }) {
  const { all = false } = useSearch({ from: '/compare' });
  const navigate = useNavigate({ from: '/compare' });
  const [active, setActive] = useState<string | null>(null);
  const stamp = runs.map(({ info }) => info.run_id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is new at every render, its ids are not
  const found = useMemo(() => ({ params: paramsOf(runs), metrics: metricsOf(runs), tags: tagsOf(runs) }), [stamp]);
  const shown = (lines: readonly Compared[]) => (all ? lines : lines.filter(differs));
  const groups = [
    { title: 'Metrics', lines: shown(found.metrics) },
    { title: 'Parameters', lines: shown(found.params) },
    { title: 'Tags', lines: shown(found.tags) },
  ];
  const remove = (id: string) => void navigate({ search: (before) => ({ ...before, runs: before.runs?.filter((other) => other !== id) }) });
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const looks = useMemo(() => new Map(runs.map((run, i) => [run.info.run_id, lookOf(run, i)])), [stamp]);
  return (
    <>
      <PageHead title={`Compare ${runs.length} runs`} question="What did they do differently, and what came of it?" />
      <Panel
        title="Differences"
        flush
        actions={
          <Switch
            size="xs"
            label="Only differences"
            checked={!all}
            onChange={(event) =>
              void navigate({ search: (before) => ({ ...before, all: event.currentTarget.checked ? undefined : true }), replace: true })
            }
          />
        }
      >
        <CompareTable runs={runs} groups={groups} active={active} onActive={setActive} onRemove={remove} />
      </Panel>
      <Plots runs={runs} found={found} active={active} onActive={setActive} />
      <Panel title="Metrics over time" note="the runs over each other">
        <MetricCharts
          runs={looks}
          keys={found.metrics.map(({ name }) => name)}
          isLive={runs.some(({ info }) => info.status === 'RUNNING')}
        />
      </Panel>
    </>
  );
}

interface PlotsProps {
  readonly runs: readonly Run[];
  readonly found: { readonly params: readonly Compared[]; readonly metrics: readonly Compared[] };
  readonly active: string | null;
  readonly onActive: (id: string | null) => void;
}

function Plots({ runs, found: { params, metrics }, active, onActive }: PlotsProps) {
  const { x, y } = useSearch({ from: '/compare' });
  const navigate = useNavigate({ from: '/compare' });
  const lines = [...params, ...metrics];
  const usual = usualAxes(params, metrics);
  const axes = usual.flatMap((id) => lines.find((line) => line.id === id) ?? []).map(axisOf);
  if (lines.length === 0) return null;
  const of = (id: string | undefined, otherwise: string | undefined) =>
    lines.find((line) => line.id === id) ?? lines.find((line) => line.id === otherwise) ?? lines[0];
  const isNumeric = (id: string) =>
    lines.find((line) => line.id === id)?.values.every((value) => value === undefined || !Number.isNaN(Number(value)));
  const across = of(x, usual.find((id) => id.startsWith('params.') && isNumeric(id)) ?? usual[0]);
  const up = of(
    y,
    usual.find((id) => id.startsWith('metrics.') && id !== across?.id),
  );
  const choices = [
    { group: 'Parameters', items: params.map(({ id, name }) => ({ value: id, label: name })) },
    { group: 'Metrics', items: metrics.map(({ id, name }) => ({ value: id, label: name })) },
  ];
  const choose = (next: { x?: string; y?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  return (
    <div className={css.two}>
      <Panel title="Parallel coordinates" note="drag along an axis to narrow down">
        {axes.length < 2 ? (
          <Empty title="Fewer than two things differ" />
        ) : (
          <Parallel runs={runs} axes={axes} active={active} onActive={onActive} />
        )}
      </Panel>
      <Panel
        title="Scatter"
        actions={
          <>
            <Select
              size="xs"
              w={132}
              aria-label="Across"
              data={choices}
              value={across?.id ?? null}
              onChange={(id) => id && choose({ x: id })}
              searchable
              allowDeselect={false}
            />
            <Select
              size="xs"
              w={132}
              aria-label="Up"
              data={choices}
              value={up?.id ?? null}
              onChange={(id) => id && choose({ y: id })}
              searchable
              allowDeselect={false}
            />
          </>
        }
      >
        {across && up && <Scatter runs={runs} x={axisOf(across)} y={axisOf(up)} active={active} onActive={onActive} />}
      </Panel>
    </div>
  );
}
