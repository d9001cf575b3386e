import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { TimeChart } from '@/components/charts/time-chart.tsx';
import { Snippet } from '@/components/copy.tsx';
import { PageHead, Panel } from '@/components/panel.tsx';
import { Empty, Failed, Loading, Shown } from '@/components/states.tsx';
import { EventView } from '@/features/events/event-view.tsx';
import css from '@/features/events/explorer.module.css';
import { Filters } from '@/features/events/filters.tsx';
import { PredictionList } from '@/features/events/prediction-list.tsx';
import { usePredictions } from '@/features/events/use-predictions.ts';
import { InputPlaces } from '@/features/monitoring/input-places.tsx';
import { listDeployments } from '@/lib/api/deployments.ts';
import { countPredictions, getPrediction, groupPredictions, type PredictionFilter, predictionSeries } from '@/lib/api/predictions.ts';
import { command } from '@/lib/commands.ts';
import { inSentence, perSecondText } from '@/lib/format.ts';
import { EVERY, useLive, useRangeQuery } from '@/lib/live.ts';
import { ApiError } from '@/lib/request.ts';
import { bucketsOf, byGroup, perSecond } from '@/lib/series.ts';
import type { TimeRange } from '@/lib/time-range.ts';
import { useRange, useZoom } from '@/lib/use-range.ts';

export function PredictionsPage() {
  const { id, range: _range, from: _from, to: _to, ...filter } = useSearch({ from: '/predictions' });
  const range = useRange();
  const navigate = useNavigate({ from: '/predictions' });
  const change = (next: PredictionFilter & { id?: string | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...next }), resetScroll: false, replace: 'id' in next });
  return (
    <>
      <PageHead title="Predictions" question="Why did it say that? Every scored row, with the version, run and data behind it." />
      <FilterBar filter={filter} range={range} onChange={change} />
      <Volume filter={filter} range={range} />
      <div className={css.split} data-open={id !== undefined}>
        <List filter={filter} range={range} selected={id} onSelect={(next) => change({ id: next })} />
        {id !== undefined && <OpenEvent id={id} close={() => change({ id: undefined })} onOpen={(next) => change({ id: next })} />}
      </div>
    </>
  );
}

interface FilteredProps {
  readonly filter: PredictionFilter;
  readonly range: TimeRange;
}

function FilterBar({ filter, range, onChange }: FilteredProps & { onChange: (change: PredictionFilter) => void }) {
  const { data: deployments = [] } = useLive(['deployments'], listDeployments, { everyMs: EVERY.slow });
  const scope = { deployment: filter.deployment };
  const versions = useRangeQuery(['groups', scope, 'version'], range, (window, signal) =>
    groupPredictions(scope, { by: 'version', window }, signal),
  );
  const labels = useRangeQuery(['groups', scope, 'label'], range, (window, signal) =>
    groupPredictions(scope, { by: 'label', window }, signal),
  );
  const names = (groups: typeof versions) =>
    (groups.data?.data ?? [])
      .map(({ group }) => group)
      .filter(Boolean)
      .slice(0, 50);
  const byNumber = [...names(versions)].sort((a, b) => Number(b) - Number(a));
  return (
    <Filters
      filter={filter}
      onChange={onChange}
      deployments={deployments.map(({ name }) => name)}
      versions={byNumber}
      labels={names(labels)}
    />
  );
}

const ROLE_LINES = { primary: {}, shadow: { dash: [5, 4] }, canary: {} } as const;

function Volume({ filter, range }: FilteredProps) {
  const zoom = useZoom();
  const query = useRangeQuery(['series', filter, 'role'], range, (window, signal) =>
    predictionSeries(filter, { by: 'role', window }, signal),
  );
  return (
    <Panel>
      <Shown query={query} what="The volume" height={118}>
        {({ data, window }) => {
          const buckets = bucketsOf(window, data.bucketMs);
          const groups = byGroup(data.points);
          const roles = (['primary', 'shadow', 'canary'] as const).filter((role) => groups.has(role));
          const lines = roles.map((role) => ({
            name: role,
            color: `var(--role-${role})`,
            values: perSecond(buckets, groups.get(role) ?? [], window.toMs),
            ...ROLE_LINES[role],
          }));
          return (
            <TimeChart
              title="Rows per second"
              lines={lines}
              buckets={buckets}
              window={window}
              unit={perSecondText}
              onZoom={zoom}
              height={96}
            />
          );
        }}
      </Shown>
    </Panel>
  );
}

interface ListProps extends FilteredProps {
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

function List({ filter, range, selected, onSelect }: ListProps) {
  const { query, rows, toNewest } = usePredictions(filter, range);
  const total = useRangeQuery(['count', filter], range, (window, signal) => countPredictions(filter, window, signal));
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const note = toNewest ? 'newest first, new rows wait' : range.isLive ? 'newest first, new rows come in by themselves' : 'newest first';
  return (
    <Panel title="Events" note={note} flush>
      {query.error && rows.length === 0 && <Failed error={query.error} what="The predictions" retry={() => void query.refetch()} />}
      {query.isPending && <Loading height={360} />}
      {query.data && rows.length === 0 && <Nothing isFiltered={isFiltered} label={range.label} />}
      {rows.length > 0 && (
        <PredictionList
          rows={rows}
          total={total.data?.data}
          selected={selected}
          onSelect={onSelect}
          toNewest={toNewest}
          more={{ available: query.hasNextPage, isLoading: query.isFetchingNextPage, load: () => void query.fetchNextPage() }}
        />
      )}
    </Panel>
  );
}

function Nothing({ isFiltered, label }: { isFiltered: boolean; label: string }) {
  if (isFiltered) {
    return (
      <Empty title="No prediction fits these filters">
        <p>{label}: widen the time range, or clear a filter.</p>
      </Empty>
    );
  }
  return (
    <Empty title={`No predictions (${inSentence(label)})`}>
      <p>Every answer of a deployment appears here within a second or two. This sends real rows, with labels a little later:</p>
      <Snippet code={command('traffic')} what="command" />
    </Empty>
  );
}

function OpenEvent({ id, close, onOpen }: { id: string; close: () => void; onOpen: (id: string) => void }) {
  // An event that was made a moment ago may not be indexed yet.
  const retry = (failures: number, error: Error) => error instanceof ApiError && error.status === 404 && failures < 6;
  const query = useQuery({
    queryKey: ['prediction', id],
    queryFn: ({ signal }) => getPrediction(id, signal),
    staleTime: 10_000,
    retry,
    retryDelay: 700,
  });
  return (
    <Panel flush>
      <Shown query={query} what="The event" height={480}>
        {(event) => (
          <EventView
            event={event}
            close={close}
            onOpen={onOpen}
            inputs={<InputPlaces deployment={event.deployment} features={event.features} />}
          />
        )}
      </Shown>
    </Panel>
  );
}
