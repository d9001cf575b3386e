import { CloseButton } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CopyId, Snippet } from '@/components/copy.tsx';
import { PageHead, Panel } from '@/components/panel.tsx';
import css from '@/components/side-list.module.css';
import { Empty, Shown } from '@/components/states.tsx';
import { Experiments } from '@/features/tracking/experiments.tsx';
import { RunView } from '@/features/tracking/run-view.tsx';
import { Runs } from '@/features/tracking/runs.tsx';
import { getRun, searchExperiments, searchRuns } from '@/lib/api/mlflow.ts';
import { EVERY, useLive } from '@/lib/live.ts';

export function ExperimentsPage() {
  const { experiment, run } = useSearch({ from: '/experiments' });
  const query = useLive(['experiments'], searchExperiments, { everyMs: EVERY.slow });
  return (
    <>
      <PageHead title="Experiments" question="Which run is best? Everything that was logged, by any MLflow client." />
      <Shown query={query} what="The experiments" height={300}>
        {(experiments) => {
          const selected = experiment ?? experiments[0]?.experiment_id;
          return (
            <div className={css.split}>
              <Panel title="Experiments" note={`${experiments.length}`} flush>
                <Experiments experiments={experiments} selected={selected} />
              </Panel>
              <div style={{ display: 'grid', gap: 16, minWidth: 0 }}>
                {run !== undefined && <OpenRun runId={run} />}
                {selected !== undefined && <RunsOf experimentId={selected} run={run} />}
              </div>
            </div>
          );
        }}
      </Shown>
    </>
  );
}

function RunsOf({ experimentId, run }: { experimentId: string; run: string | undefined }) {
  const query = useLive(['runs', experimentId], (signal) => searchRuns(experimentId, signal));
  const note = query.data && `${query.data.runs.length} newest first${query.data.isComplete ? '' : ', older ones are not shown'}`;
  return (
    <Panel title="Runs" note={note} flush>
      <Shown query={query} what="The runs" height={240}>
        {({ runs }) => (runs.length === 0 ? <NoRuns /> : <Runs runs={runs} selected={run} />)}
      </Shown>
    </Panel>
  );
}

function NoRuns() {
  const code = `import mlflow\n\nmlflow.set_tracking_uri("${window.location.origin}")\nmlflow.set_experiment("first")\nwith mlflow.start_run():\n    mlflow.log_metric("accuracy", 0.97)`;
  return (
    <Empty title="No runs in this experiment">
      <p>The unmodified MLflow client logs here:</p>
      <Snippet code={code} what="Python" />
    </Empty>
  );
}

function OpenRun({ runId }: { runId: string }) {
  const navigate = useNavigate({ from: '/experiments' });
  const query = useLive(['run', runId], (signal) => getRun(runId, signal));
  const close = () => void navigate({ search: (before) => ({ ...before, run: undefined }) });
  return (
    <Panel
      title={query.data?.info.run_name || 'Run'}
      actions={<CloseButton size="sm" onClick={close} aria-label="Close the run" />}
      note={<CopyId id={runId} what="run id" length={32} />}
    >
      <Shown query={query} what="The run" height={120}>
        {(run) => <RunView run={run} />}
      </Shown>
    </Panel>
  );
}
