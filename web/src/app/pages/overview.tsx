import { useQueries } from '@tanstack/react-query';
import { PageHead, Panel } from '@/components/panel.tsx';
import { Loading, Shown } from '@/components/states.tsx';
import { History } from '@/features/serving/history.tsx';
import { UploadButton } from '@/features/serving/upload/upload-button.tsx';
import { TrainingJobs } from '@/features/training/jobs.tsx';
import { concernsOf } from '@/features/ui/attention.ts';
import { AttentionList } from '@/features/ui/attention-list.tsx';
import { DeploymentTable } from '@/features/ui/deployment-table.tsx';
import { FirstSteps } from '@/features/ui/first-steps.tsx';
import { FleetCharts } from '@/features/ui/fleet-charts.tsx';
import css from '@/features/ui/overview.module.css';
import { Pipeline } from '@/features/ui/pipeline.tsx';
import { type Traffic, useDeployments, useMonitors, useTraffic } from '@/features/ui/use-fleet.ts';
import { type Deployment, listChanges } from '@/lib/api/deployments.ts';
import type { MonitorLine } from '@/lib/api/monitors.ts';
import { getStatus, listTrainingJobs } from '@/lib/api/platform.ts';
import { inSentence } from '@/lib/format.ts';
import { EVERY, useLive, useNow } from '@/lib/live.ts';
import { useRange, useZoom } from '@/lib/use-range.ts';

export function OverviewPage() {
  const deployments = useDeployments();
  // Asked for now and not when the deployments are there: none of them needs to know the others.
  const range = useRange();
  useTraffic(range);
  useMonitors(range);
  return (
    <>
      <PageHead title="Overview" question="What is live, is it healthy, and is it still right?" />
      <Shown query={deployments} what="The deployments" height={400}>
        {(items) => (items.length === 0 ? <Nothing /> : <Fleet deployments={items} />)}
      </Shown>
    </>
  );
}

function Nothing() {
  return (
    <>
      <p className="muted">Nothing is deployed yet. Four ways to change that:</p>
      <FirstSteps upload={<UploadButton variant="filled" />} />
      <Platform deployments={[]} />
    </>
  );
}

const NO_TRAFFIC: Traffic['figures'] = new Map();
const NO_MONITORS: ReadonlyMap<string, MonitorLine> = new Map();

function Fleet({ deployments }: { deployments: readonly Deployment[] }) {
  const range = useRange();
  const zoom = useZoom();
  const traffic = useTraffic(range);
  const monitors = useMonitors(range);
  const { data: status } = useLive(['status'], getStatus);
  const concerns = concernsOf({
    deployments,
    figures: traffic.data?.data.figures ?? NO_TRAFFIC,
    monitors: monitors.data?.data ?? NO_MONITORS,
    status,
  });
  const names = deployments.map(({ name }) => name);
  return (
    <>
      <Panel title="Needs attention" flush>
        {traffic.isPending ? <Loading height={40} /> : <AttentionList concerns={concerns} range={range.search} />}
      </Panel>
      <Panel title="Deployments" note={inSentence(range.label)} flush>
        <DeploymentTable
          deployments={deployments}
          traffic={traffic.data?.data}
          window={traffic.data?.window}
          monitors={monitors.data?.data}
          range={range.search}
        />
      </Panel>
      <Panel>
        <Shown query={traffic} what="The traffic" height={180}>
          {({ data, window }) => (
            <div className={css.charts}>
              <FleetCharts traffic={data} window={window} names={names} onZoom={zoom} />
            </div>
          )}
        </Shown>
      </Panel>
      <Platform deployments={deployments} />
    </>
  );
}

const DAY_MS = 86_400_000;

function Platform({ deployments }: { deployments: readonly Deployment[] }) {
  const status = useLive(['status'], getStatus);
  const jobs = useLive(['training-jobs'], listTrainingJobs);
  return (
    <div className={css.columns}>
      {deployments.length > 0 && <Changes deployments={deployments} />}
      <Panel title="Training" flush>
        <Shown query={jobs} what="The training jobs" height={120}>
          {(items) => <TrainingJobs jobs={items} />}
        </Shown>
      </Panel>
      <Panel title="Pipeline" note={status.data && (status.data.ready ? 'ready' : 'not ready')} flush>
        <Shown query={status} what="The status" height={120}>
          {({ components }) => <Pipeline components={components} />}
        </Shown>
      </Panel>
    </div>
  );
}

function Changes({ deployments }: { deployments: readonly Deployment[] }) {
  const now = useNow(60_000);
  const all = useQueries({
    queries: deployments.map(({ name, updated_at }) => ({
      queryKey: ['changes', name, updated_at],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await listChanges(name, signal)).map((change) => ({ ...change, deployment: name })),
      staleTime: EVERY.slow,
    })),
  });
  const changes = all
    .flatMap(({ data }) => data ?? [])
    .filter(({ at }) => now - Date.parse(at) < DAY_MS)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return (
    <Panel title="Changed in the last day" flush>
      <History changes={changes.slice(0, 8)} />
    </Panel>
  );
}
