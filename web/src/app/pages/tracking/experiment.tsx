import { Button, SegmentedControl, Switch } from '@mantine/core';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Snippet } from '@/components/copy.tsx';
import { Panel } from '@/components/panel.tsx';
import { Empty, Failed, Shown } from '@/components/states.tsx';
import { ExperimentHead } from '@/features/tracking/experiments/experiment-head.tsx';
import { ColumnPicker } from '@/features/tracking/runs/column-picker.tsx';
import { type Column, columnOf, NAME_COLUMN, standardColumns } from '@/features/tracking/runs/columns.ts';
import { FilterBox } from '@/features/tracking/runs/filter-box.tsx';
import { problemOf } from '@/features/tracking/runs/filter-problem.ts';
import css from '@/features/tracking/runs/runs.module.css';
import { RunsTable } from '@/features/tracking/runs/runs-table.tsx';
import { MOST_COMPARED, SelectionBar } from '@/features/tracking/runs/selection-bar.tsx';
import { useRunRows } from '@/features/tracking/runs/use-run-rows.ts';
import { type Columns, countRuns, csvHref, getExperiment, listColumns, type RunQuery } from '@/lib/api/tracking.ts';
import { EVERY, useLive } from '@/lib/live.ts';
import { ApiError } from '@/lib/request.ts';

/** A link with more ids than these would be cut by some programs. */
const MOST_LINKED = 40;

export function ExperimentPage() {
  const { id } = useParams({ from: '/experiments/$id' });
  const experiment = useQuery({ queryKey: ['experiment', id], queryFn: ({ signal }) => getExperiment(id, signal) });
  const columns = useLive(['columns', id], (signal) => listColumns(id, signal), { everyMs: EVERY.slow });
  if (experiment.error instanceof ApiError && experiment.error.status === 404) return <Empty title={`There is no experiment ${id}`} />;
  return (
    <Shown query={experiment} what="The experiment" height={80}>
      {(found) => (
        <>
          <ExperimentHead experiment={found} question="Which run is best, and what made it so?" />
          <Shown query={columns} what="The columns" height={400}>
            {(known) => <Runs key={id} id={id} columns={known} />}
          </Shown>
        </>
      )}
    </Shown>
  );
}

function useTable(id: string, known: Columns) {
  const { filter, sort = '-start_time', cols, view = 'active', flat = false } = useSearch({ from: '/experiments/$id' });
  const knownText = JSON.stringify([known.metrics, known.params]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same names come anew with every update
  const shown = useMemo(() => cols ?? standardColumns(known), [cols, knownText]);
  return useMemo(() => {
    const columns = shown.map(columnOf).filter((column): column is Column => column !== undefined && column.id !== NAME_COLUMN.id);
    const descending = sort.startsWith('-');
    const by = descending ? sort.slice(1) : sort;
    const orderBy = columnOf(by)?.orderBy;
    const rootsOnly = !flat && filter === undefined && view === 'active';
    const query: RunQuery = {
      experimentId: id,
      filter,
      view,
      rootsOnly,
      orderBy: orderBy ? [`${orderBy} ${descending ? 'DESC' : 'ASC'}`] : [],
    };
    return { shown, columns, sort: { id: by, descending }, query, fields: columns.flatMap(({ field }) => field ?? []) };
  }, [id, shown, filter, sort, view, flat]);
}

function Runs({ id, columns: known }: { id: string; columns: Columns }) {
  const search = useSearch({ from: '/experiments/$id' });
  const navigate = useNavigate({ from: '/experiments/$id' });
  const { shown, columns, sort, query, fields } = useTable(id, known);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set(search.sel));
  const isSound = problemOf(search.filter ?? '') === undefined;
  const { rows, placed, toNewest } = useRunRows({ query, fields, open, enabled: isSound });
  const counted = useLive(['run-count', query], (signal) => countRuns(query, signal), { enabled: isSound });
  const change = (next: Partial<typeof search>) => void navigate({ search: (before) => ({ ...before, ...next }), resetScroll: false });
  const select = (ids: ReadonlySet<string>) => {
    setSelected(ids);
    const sel = ids.size > 0 && ids.size <= MOST_LINKED ? [...ids] : undefined;
    void navigate({ search: (before) => ({ ...before, sel }), replace: true, resetScroll: false });
  };
  const compare = () => {
    if (selected.size >= 2 && selected.size <= MOST_COMPARED) void navigate({ to: '/compare', search: { runs: [...selected] } });
  };
  const toggle = (runId: string) => {
    const next = new Set(open);
    if (!next.delete(runId)) next.add(runId);
    setOpen(next);
  };
  const sortBy = (column: string) => {
    const isNumber = columnOf(column)?.isNumber ?? false;
    const descending = sort.id === column ? !sort.descending : isNumber || column === 'start_time';
    change({ sort: `${descending ? '-' : ''}${column}` });
  };
  return (
    <>
      <div className={css.bar}>
        <FilterBox
          filter={search.filter}
          onChange={(filter) => filter !== search.filter && change({ filter })}
          metric={known.metrics.find((key) => !key.startsWith('system/'))}
          param={known.params[0]}
        />
        <SegmentedControl
          size="xs"
          aria-label="Which runs"
          value={search.view ?? 'active'}
          onChange={(value) => change({ view: value === 'active' ? undefined : (value as 'deleted') })}
          data={[
            { value: 'active', label: 'Active' },
            { value: 'deleted', label: 'Deleted' },
          ]}
        />
        <ColumnPicker columns={known} shown={shown} onChange={(cols) => change({ cols })} />
        <Button
          size="xs"
          variant="default"
          component="a"
          href={csvHref(query, fields)}
          download="runs.csv"
          leftSection={<IconDownload size={14} />}
        >
          CSV
        </Button>
        {known.tags.includes('mlflow.parentRunId') && (
          <Switch
            size="xs"
            mt={6}
            label="Nest"
            title="Show nested runs below their parents"
            checked={query.rootsOnly}
            disabled={search.filter !== undefined || search.view !== undefined}
            onChange={(event) => change({ flat: event.currentTarget.checked ? undefined : true })}
          />
        )}
      </div>
      <Panel flush>
        <SelectionBar
          selected={selected}
          loaded={placed.length}
          total={counted.data}
          view={query.view}
          isCounting={counted.isPlaceholderData}
          onCompare={compare}
          onClear={() => select(new Set())}
          toNewest={toNewest}
        />
        {!isSound && !rows.data ? (
          <Empty title="The filter cannot be read">
            <p>The mistake is marked below the box.</p>
          </Empty>
        ) : rows.error && !rows.data ? (
          <Failed error={rows.error} what="The runs" retry={() => void rows.refetch()} />
        ) : rows.isSuccess && placed.length === 0 ? (
          <NoRuns id={id} isFiltered={search.filter !== undefined} isDeleted={query.view === 'deleted'} />
        ) : (
          <RunsTable
            rows={placed}
            total={counted.data}
            columns={columns}
            sort={sort}
            onSort={sortBy}
            selected={selected}
            onSelect={select}
            open={open}
            onToggle={toggle}
            onOpenRun={(runId) => void navigate({ to: '/runs/$id', params: { id: runId } })}
            onCompare={compare}
            more={rows}
          />
        )}
      </Panel>
    </>
  );
}

function NoRuns({ id, isFiltered, isDeleted }: { id: string; isFiltered: boolean; isDeleted: boolean }) {
  if (isDeleted) return <Empty title="No deleted runs" />;
  if (isFiltered) return <Empty title="No run fits the filter" />;
  const code = `import mlflow\n\nmlflow.set_tracking_uri("${window.location.origin}")\nmlflow.set_experiment(experiment_id="${id}")\nwith mlflow.start_run():\n    mlflow.log_metric("accuracy", 0.97)`;
  return (
    <Empty title="No runs in this experiment">
      <p>The unmodified MLflow client logs here:</p>
      <Snippet code={code} what="Python" />
    </Empty>
  );
}
