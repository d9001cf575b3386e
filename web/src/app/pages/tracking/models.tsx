import { Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Snippet } from '@/components/copy.tsx';
import { Foot } from '@/components/foot.tsx';
import { Panel } from '@/components/panel.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import { ExperimentHead } from '@/features/tracking/experiments/experiment-head.tsx';
import { ModelList } from '@/features/tracking/models/model-list.tsx';
import { type LoggedModel, searchLoggedModels } from '@/lib/api/logged-models.ts';
import { getExperiment } from '@/lib/api/tracking.ts';
import { EVERY } from '@/lib/live.ts';
import { byImportance, metricName } from '@/lib/metric-text.ts';
import { ApiError } from '@/lib/request.ts';
import { usePaused } from '@/lib/settings.ts';

const NEWEST = '-creation_timestamp';
const MOST_METRICS = 4;

/** The logged models of an experiment. */
export function LoggedModelsPage() {
  const { id } = useParams({ from: '/experiments/$id/models' });
  const experiment = useQuery({ queryKey: ['experiment', id], queryFn: ({ signal }) => getExperiment(id, signal) });
  if (experiment.error instanceof ApiError && experiment.error.status === 404) return <Empty title={`There is no experiment ${id}`} />;
  return (
    <Shown query={experiment} what="The experiment" height={80}>
      {(found) => (
        <>
          <ExperimentHead experiment={found} question="Which model is best, and what became of it?" />
          <Models key={id} id={id} />
        </>
      )}
    </Shown>
  );
}

/** The metrics that most people look for first, of those that the models have. */
function metricsOf(models: readonly LoggedModel[]): string[] {
  return byImportance([...new Set(models.flatMap(({ data }) => (data?.metrics ?? []).map(({ key }) => key)))]);
}

function Models({ id }: { id: string }) {
  const { q, sort = NEWEST } = useSearch({ from: '/experiments/$id/models' });
  const paused = usePaused();
  const query = useInfiniteQuery({
    queryKey: ['logged-models-of', id, q, sort],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => searchLoggedModels({ experimentId: id, q, sort }, pageParam, signal),
    getNextPageParam: ({ next_page_token }) => next_page_token,
    refetchInterval: ({ state }) => (paused || (state.data?.pages.length ?? 0) > 1 ? false : EVERY.slow),
    placeholderData: keepPreviousData,
  });
  const models = query.data?.pages.flatMap(({ models: part = [] }) => part) ?? [];
  const metrics = metricsOf(models);
  return (
    <>
      <Filters metrics={metrics} />
      <Panel flush>
        <Shown query={query} what="The models" height={300}>
          {() =>
            models.length === 0 ? (
              <NoModels id={id} isFiltered={q !== undefined} />
            ) : (
              <>
                <ModelList models={models} metrics={metrics.slice(0, MOST_METRICS)} />
                <Foot loaded={models.length} what={models.length === 1 ? 'model' : 'models'} more={query} />
              </>
            )
          }
        </Shown>
      </Panel>
    </>
  );
}

function Filters({ metrics }: { metrics: readonly string[] }) {
  const { q, sort = NEWEST } = useSearch({ from: '/experiments/$id/models' });
  const navigate = useNavigate({ from: '/experiments/$id/models' });
  const search = useDebouncedCallback((text: string) => {
    void navigate({ search: (before) => ({ ...before, q: text.trim() || undefined }), replace: true });
  }, 200);
  const sorted = /^-?metrics\.(.+)$/su.exec(sort)?.[1];
  const named = [...new Set([...(sorted === undefined ? [] : [sorted]), ...metrics])];
  const orders = [
    { value: NEWEST, label: 'Newest' },
    { value: 'name', label: 'Name' },
    ...named.flatMap((key) => [
      { value: `-metrics.${key}`, label: `Highest ${metricName(key)}` },
      { value: `metrics.${key}`, label: `Lowest ${metricName(key)}` },
    ]),
  ];
  return (
    <div className="row wrap">
      <TextInput
        size="xs"
        w={280}
        leftSection={<IconSearch size={14} />}
        placeholder="Part of the name"
        aria-label="Search logged models"
        defaultValue={q ?? ''}
        onChange={(event) => search(event.currentTarget.value)}
      />
      <Select
        size="xs"
        w={200}
        aria-label="Order"
        data={orders}
        value={sort}
        allowDeselect={false}
        onChange={(value) =>
          void navigate({ search: (before) => ({ ...before, sort: value === null || value === NEWEST ? undefined : value }) })
        }
      />
    </div>
  );
}

function NoModels({ id, isFiltered }: { id: string; isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No model is called that" />;
  const code = `import mlflow\n\nmlflow.set_tracking_uri("${window.location.origin}")\nmlflow.set_experiment(experiment_id="${id}")\nwith mlflow.start_run():\n    mlflow.sklearn.log_model(model, name="model", input_example=rows)`;
  return (
    <Empty title="No models were logged in this experiment">
      <p>MLflow 3 lists what log_model stores; models of older clients are among the files of their run.</p>
      <Snippet code={code} what="Python" />
    </Empty>
  );
}
