import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Snippet } from '@/components/copy.tsx';
import { Foot } from '@/components/foot.tsx';
import { PageHead, Panel } from '@/components/panel.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import { NewExperiment } from '@/features/tracking/experiments/experiment-dialog.tsx';
import { ExperimentTable } from '@/features/tracking/experiments/experiment-table.tsx';
import { listExperiments } from '@/lib/api/tracking.ts';
import { EVERY } from '@/lib/live.ts';
import { usePaused } from '@/lib/settings.ts';

export function ExperimentsPage() {
  const { q, view = 'active', sort = 'last_run' } = useSearch({ from: '/experiments' });
  const [isNew, setIsNew] = useState(false);
  const paused = usePaused();
  const query = useInfiniteQuery({
    queryKey: ['experiments', q, view, sort],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => listExperiments({ q, view, sort }, pageParam, signal),
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    refetchInterval: ({ state }) => (paused || (state.data?.pages.length ?? 0) > 1 ? false : EVERY.slow),
    placeholderData: keepPreviousData,
  });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <PageHead title="Experiments" question="Which run is best? Everything that was logged, by any MLflow client.">
        <Button size="xs" onClick={() => setIsNew(true)}>
          New experiment
        </Button>
      </PageHead>
      <Filters />
      <Panel flush>
        <Shown query={query} what="The experiments" height={300}>
          {() =>
            rows.length === 0 ? (
              <NoExperiments isFiltered={q !== undefined || view !== 'active'} />
            ) : (
              <>
                <ExperimentTable rows={rows} />
                <Foot loaded={rows.length} what={rows.length === 1 ? 'experiment' : 'experiments'} more={query} />
              </>
            )
          }
        </Shown>
      </Panel>
      {rows.every(({ active_runs, deleted_runs }) => active_runs + deleted_runs === 0) && q === undefined && query.isSuccess && (
        <FirstRun />
      )}
      {isNew && <NewExperiment close={() => setIsNew(false)} />}
    </>
  );
}

function Filters() {
  const { q, view = 'active', sort = 'last_run' } = useSearch({ from: '/experiments' });
  const navigate = useNavigate({ from: '/experiments' });
  const search = useDebouncedCallback((text: string) => {
    void navigate({ search: (before) => ({ ...before, q: text.trim() || undefined }), replace: true });
  }, 200);
  return (
    <div className="row wrap">
      <TextInput
        size="xs"
        w={280}
        leftSection={<IconSearch size={14} />}
        placeholder="Part of the name"
        aria-label="Search experiments"
        defaultValue={q ?? ''}
        onChange={(event) => search(event.currentTarget.value)}
      />
      <SegmentedControl
        size="xs"
        aria-label="Which experiments"
        value={view}
        onChange={(value) =>
          void navigate({ search: (before) => ({ ...before, view: value === 'active' ? undefined : (value as 'deleted') }) })
        }
        data={[
          { value: 'active', label: 'Active' },
          { value: 'deleted', label: 'Deleted' },
        ]}
      />
      <SegmentedControl
        size="xs"
        aria-label="Order"
        value={sort}
        onChange={(value) =>
          void navigate({ search: (before) => ({ ...before, sort: value === 'last_run' ? undefined : (value as 'name') }) })
        }
        data={[
          { value: 'last_run', label: 'Last activity' },
          { value: 'name', label: 'Name' },
          { value: 'creation_time', label: 'Newest' },
        ]}
      />
    </div>
  );
}

function NoExperiments({ isFiltered }: { isFiltered: boolean }) {
  return (
    <Empty title={isFiltered ? 'No experiment fits' : 'No experiments'}>
      {isFiltered && <p>Try less of the name, or the other view.</p>}
    </Empty>
  );
}

function FirstRun() {
  const code = `import mlflow\n\nmlflow.set_tracking_uri("${window.location.origin}")\nmlflow.set_experiment("first")\nwith mlflow.start_run():\n    mlflow.log_metric("accuracy", 0.97)`;
  return (
    <Panel title="Log the first run" note="with the unmodified MLflow client">
      <Snippet code={code} what="Python" />
    </Panel>
  );
}
