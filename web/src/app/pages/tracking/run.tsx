import { Button, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ArtifactBrowser, type ArtifactRoot } from '@/components/artifacts/browser.tsx';
import { CopyId } from '@/components/copy.tsx';
import { Description } from '@/components/edit/description.tsx';
import { Dialog, TextDialog } from '@/components/edit/dialogs.tsx';
import { PageHead, Panel } from '@/components/panel.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import { Status } from '@/components/status.tsx';
import { MetricCharts } from '@/features/tracking/charts/metric-charts.tsx';
import { stateOf } from '@/features/tracking/models/model-facts.ts';
import { DatasetsPanel, MetricsPanel, NotesPanel, ParamsPanel, RunFacts, TagsPanel, tagOf } from '@/features/tracking/run/overview.tsx';
import { RegisterDialog } from '@/features/tracking/run/register-dialog.tsx';
import css from '@/features/tracking/run/run.module.css';
import { RunStatus } from '@/features/tracking/run-status.tsx';
import { type LoggedModel, loggedModelsOf } from '@/lib/api/logged-models.ts';
import { getRun, type ModelVersion, type Run } from '@/lib/api/mlflow.ts';
import { deleteRuns, renameRun, restoreRuns, searchRunRows, setRunTag, versionsOfRun } from '@/lib/api/tracking.ts';
import { useLive } from '@/lib/live.ts';
import { ApiError } from '@/lib/request.ts';

const NOTE = 'mlflow.note.content';

export function RunPage() {
  const { id } = useParams({ from: '/runs/$id' });
  const query = useLive(['run', id], (signal) => getRun(id, signal));
  if (query.error instanceof ApiError && query.error.status === 404) {
    return (
      <Empty title="There is no such run">
        <p>{query.error.message}</p>
      </Empty>
    );
  }
  return (
    <Shown query={query} what="The run" height={420}>
      {(run) => <Loaded key={id} run={run} />}
    </Shown>
  );
}

function Loaded({ run }: { run: Run }) {
  const { tab = 'overview' } = useSearch({ from: '/runs/$id' });
  const navigate = useNavigate({ from: '/runs/$id' });
  const logged = useQuery({ queryKey: ['logged-models', run.info.run_id], queryFn: ({ signal }) => loggedModelsOf(run, signal) });
  const models = logged.data ?? [];
  const isLive = run.info.status === 'RUNNING';
  return (
    <>
      <Head run={run} logged={models} />
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({ search: (before) => ({ ...before, tab: value === 'overview' ? undefined : (value as 'charts') }) })
        }
        keepMounted={false}
      >
        <Tabs.List mb={16}>
          <Tabs.Tab value="overview">Overview</Tabs.Tab>
          <Tabs.Tab value="charts">Charts</Tabs.Tab>
          <Tabs.Tab value="artifacts">Artifacts</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Overview run={run} logged={models} />
        </Tabs.Panel>
        <Tabs.Panel value="charts">
          <Charts run={run} isLive={isLive} />
        </Tabs.Panel>
        <Tabs.Panel value="artifacts">
          <Artifacts run={run} logged={models} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

type Asked = 'rename' | 'delete' | 'restore' | 'register';

function Head({ run, logged }: { run: Run; logged: readonly LoggedModel[] }) {
  const { run_id, run_name, lifecycle_stage, status } = run.info;
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const isDeleted = lifecycle_stage === 'deleted';
  const name = run_name || 'unnamed';
  return (
    <>
      <PageHead
        title={
          <span className="row">
            {name}
            <span style={{ fontSize: 13, fontWeight: 400 }}>
              {isDeleted ? <Status tone="none">deleted</Status> : <RunStatus status={status} />}
            </span>
          </span>
        }
        question="What went in, what came out?"
      >
        {isDeleted ? (
          <Button size="xs" onClick={() => setAsked('restore')}>
            Restore
          </Button>
        ) : (
          <>
            <Button size="xs" onClick={() => setAsked('register')}>
              Register model
            </Button>
            <Button size="xs" variant="default" onClick={() => setAsked('rename')}>
              Rename
            </Button>
            <Button size="xs" variant="default" onClick={() => setAsked('delete')}>
              Delete
            </Button>
          </>
        )}
      </PageHead>
      {asked === 'register' && <RegisterDialog run={run} logged={logged} close={close} />}
      {asked === 'rename' && (
        <TextDialog
          title="Rename the run"
          label="Name"
          initial={run_name ?? ''}
          action="Rename"
          close={close}
          act={(text) => renameRun(run_id, text)}
        />
      )}
      {asked === 'delete' && (
        <Dialog
          title={`Delete ${name}`}
          action="Delete"
          isDangerous
          close={close}
          act={() => deleteRuns([run_id])}
          said="The run is deleted."
        >
          <p>It will no longer be listed. Its files stay, versions that came from it keep serving, and it can be restored from here.</p>
        </Dialog>
      )}
      {asked === 'restore' && (
        <Dialog title={`Restore ${name}`} action="Restore" close={close} act={() => restoreRuns([run_id])} said="The run is back.">
          <p>It will be listed and searched again.</p>
        </Dialog>
      )}
    </>
  );
}

function Overview({ run, logged }: { run: Run; logged: readonly LoggedModel[] }) {
  const { run_id } = run.info;
  const versions = useQuery({ queryKey: ['versions-of-run', run_id], queryFn: ({ signal }) => versionsOfRun(run_id, signal) });
  return (
    <div className={css.columns}>
      <div className={css.column}>
        <MetricsPanel run={run} />
        <ParamsPanel run={run} />
      </div>
      <div className={css.column}>
        <Panel title="Run">
          <Description text={tagOf(run, NOTE) ?? ''} what="the run" save={(value) => setRunTag(run_id, { key: NOTE, value })} />
          <div style={{ height: 12 }} />
          <RunFacts run={run} more={[['Nested runs', <Nested key="n" run={run} />]]} />
        </Panel>
        <Models logged={logged} versions={versions.data ?? []} />
        <NotesPanel run={run} />
        <DatasetsPanel run={run} />
        <TagsPanel run={run} />
      </div>
    </div>
  );
}

const MOST_NESTED = 12;

function Nested({ run }: { run: Run }) {
  const { run_id, experiment_id } = run.info;
  const filter = `tags.\`mlflow.parentRunId\` = '${run_id}'`;
  const query = useQuery({
    queryKey: ['nested-of', run_id],
    queryFn: ({ signal }) =>
      searchRunRows(
        { experimentId: experiment_id, filter, view: 'active', orderBy: [], rootsOnly: false },
        { fields: [], limit: MOST_NESTED + 1 },
        signal,
      ),
  });
  const rows = query.data?.items ?? [];
  if (rows.length === 0) return <span className="muted">none</span>;
  return (
    <span>
      {rows.slice(0, MOST_NESTED).map((row) => (
        <Link key={row.run_id} className="link" style={{ marginRight: 10 }} to="/runs/$id" params={{ id: row.run_id }}>
          {row.run_name || row.run_id.slice(0, 8)}
        </Link>
      ))}
      {rows.length > MOST_NESTED && (
        <Link className="link" to="/experiments/$id" params={{ id: experiment_id }} search={{ filter }}>
          all
        </Link>
      )}
    </span>
  );
}

function Models({ logged, versions }: { logged: readonly LoggedModel[]; versions: readonly ModelVersion[] }) {
  return (
    <Panel title="Models">
      <ul className={css.list}>
        {logged.map((model) => (
          <li key={model.info.model_id} className="row">
            <Link className="link" to="/logged-models/$id" params={{ id: model.info.model_id }}>
              {model.info.name}
            </Link>
            <Status tone={stateOf(model).tone}>{stateOf(model).word}</Status>
            <CopyId id={model.info.model_id} what="model id" length={14} />
          </li>
        ))}
        {versions.map(({ name, version, aliases = [] }) => (
          <li key={`${name}/${version}`}>
            Registered as{' '}
            <Link className="link" to="/models/$name/$version" params={{ name, version }}>
              {name} v{version}
            </Link>
            {aliases.length > 0 && <span className="muted"> {aliases.map((alias) => `@${alias}`).join(' ')}</span>}
          </li>
        ))}
        {logged.length + versions.length === 0 && <li className="muted">Nothing of this run is registered.</li>}
      </ul>
    </Panel>
  );
}

function Charts({ run, isLive }: { run: Run; isLive: boolean }) {
  const { run_id, run_name } = run.info;
  const runs = useMemo(() => new Map([[run_id, { name: run_name || run_id.slice(0, 8), color: 'var(--accent)' }]]), [run_id, run_name]);
  return <MetricCharts runs={runs} keys={(run.data.metrics ?? []).map(({ key }) => key)} isLive={isLive} />;
}

function Artifacts({ run, logged }: { run: Run; logged: readonly LoggedModel[] }) {
  const { root = 'run', path } = useSearch({ from: '/runs/$id' });
  const navigate = useNavigate({ from: '/runs/$id' });
  const roots: ArtifactRoot[] = [
    { id: 'run', name: 'Files of the run', uri: run.info.artifact_uri, loadUri: `runs:/${run.info.run_id}` },
    ...logged.map(({ info }) => ({
      id: info.model_id,
      name: `Logged model “${info.name}”`,
      uri: info.artifact_uri,
      loadUri: `models:/${info.model_id}`,
    })),
  ];
  const select = (nextRoot: string, next: string) =>
    void navigate({ search: (before) => ({ ...before, root: nextRoot === 'run' ? undefined : nextRoot, path: next }), resetScroll: false });
  return (
    <Panel flush>
      <ArtifactBrowser roots={roots} selected={path === undefined ? undefined : { root, path }} onSelect={select} />
    </Panel>
  );
}
