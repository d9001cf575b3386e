import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Ago } from '@/components/ago.tsx';
import { ArtifactBrowser } from '@/components/artifacts/browser.tsx';
import { Schema } from '@/components/artifacts/schema.tsx';
import { LoadSnippet } from '@/components/artifacts/signature.tsx';
import { CopyId } from '@/components/copy.tsx';
import { Dialog } from '@/components/edit/dialogs.tsx';
import { ownTags, TagEditor } from '@/components/edit/tags.tsx';
import { Facts, PageHead, Panel } from '@/components/panel.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import { Status } from '@/components/status.tsx';
import { ModelMetrics, ModelParams } from '@/features/tracking/models/figures.tsx';
import { registeredAs, stateOf } from '@/features/tracking/models/model-facts.ts';
import { Versions } from '@/features/tracking/models/model-list.tsx';
import { RegisterDialog } from '@/features/tracking/run/register-dialog.tsx';
import css from '@/features/tracking/run/run.module.css';
import { deleteLoggedModel, deleteLoggedModelTag, getLoggedModel, type LoggedModel, setLoggedModelTag } from '@/lib/api/logged-models.ts';
import { getRun } from '@/lib/api/mlflow.ts';
import { getExperiment } from '@/lib/api/tracking.ts';
import { useLive } from '@/lib/live.ts';
import { ApiError } from '@/lib/request.ts';

export function LoggedModelPage() {
  const { id } = useParams({ from: '/logged-models/$id' });
  const query = useLive(['logged-model', id], (signal) => getLoggedModel(id, signal));
  if (query.error instanceof ApiError && query.error.status < 500) {
    return (
      <Empty title="There is no such logged model">
        <p>{query.error.message}</p>
      </Empty>
    );
  }
  return (
    <Shown query={query} what="The model" height={420}>
      {(model) => (
        <>
          <Head model={model} />
          <Body model={model} />
        </>
      )}
    </Shown>
  );
}

function Head({ model }: { model: LoggedModel }) {
  const { model_id, name, experiment_id, creation_timestamp_ms } = model.info;
  const { tone, word } = stateOf(model);
  const navigate = useNavigate();
  const [asked, setAsked] = useState<'register' | 'delete' | null>(null);
  const close = () => setAsked(null);
  return (
    <>
      <PageHead
        title={
          <span className="row">
            {name}
            <span style={{ fontSize: 13, fontWeight: 400 }}>
              <Status tone={tone}>{word}</Status>
            </span>
          </span>
        }
        question={
          <>
            Where does it come from, what does it take, what became of it? Logged <Ago time={Number(creation_timestamp_ms)} />
          </>
        }
      >
        {model.info.source_run_id && (
          <Button size="xs" onClick={() => setAsked('register')}>
            Register model
          </Button>
        )}
        <Button size="xs" variant="default" onClick={() => setAsked('delete')}>
          Delete
        </Button>
      </PageHead>
      {asked === 'register' && <Register model={model} close={close} />}
      {asked === 'delete' && (
        <Dialog
          title={`Delete ${name}`}
          action="Delete"
          isDangerous
          close={close}
          act={() => deleteLoggedModel(model_id)}
          done={() => void navigate({ to: '/experiments/$id/models', params: { id: experiment_id } })}
          said="The model is deleted."
        >
          <p>{endOf(model)}</p>
        </Dialog>
      )}
    </>
  );
}

function endOf(model: LoggedModel): string {
  const versions = registeredAs(model);
  const names = versions.map(({ name, version }) => `${name} v${version}`).join(', ');
  const kept = 'It will no longer be listed, and models:/ addresses with its id find nothing. Its files and its run stay.';
  return versions.length === 0 ? kept : `${kept} Registered as ${names}: these versions stay and keep serving.`;
}

function Register({ model, close }: { model: LoggedModel; close: () => void }) {
  const { source_run_id: runId = '' } = model.info;
  const run = useQuery({ queryKey: ['run', runId], queryFn: ({ signal }) => getRun(runId, signal) });
  return run.data ? <RegisterDialog run={run.data} logged={[model]} close={close} /> : null;
}

function Body({ model }: { model: LoggedModel }) {
  const { model_id: id, artifact_uri, tags } = model.info;
  const { path } = useSearch({ from: '/logged-models/$id' });
  const navigate = useNavigate({ from: '/logged-models/$id' });
  const uri = `models:/${id}`;
  const select = (_root: string, next: string) => void navigate({ search: (before) => ({ ...before, path: next }), resetScroll: false });
  return (
    <>
      <div className={css.columns}>
        <div className={css.column}>
          <ModelMetrics model={model} />
          <ModelParams model={model} />
          <Panel title="Schema" flush>
            <Schema uri={artifact_uri} whose="the model" />
          </Panel>
        </div>
        <div className={css.column}>
          <Panel title="About">
            <ModelFacts model={model} />
            <div style={{ height: 10 }} />
            <TagEditor tags={ownTags(tags)} set={(tag) => setLoggedModelTag(id, tag)} remove={(key) => deleteLoggedModelTag(id, key)} />
          </Panel>
          <Panel title="Load it">
            <LoadSnippet uri={uri} />
          </Panel>
        </div>
      </div>
      <Panel title="Files" flush>
        <ArtifactBrowser
          roots={[{ id: 'model', name: 'Files', uri: artifact_uri, loadUri: uri }]}
          selected={path === undefined ? undefined : { root: 'model', path }}
          onSelect={select}
        />
      </Panel>
    </>
  );
}

const MOST_VERSIONS = 20;

function ModelFacts({ model }: { model: LoggedModel }) {
  const { info } = model;
  const { experiment_id, source_run_id: runId, last_updated_timestamp_ms: changed } = info;
  const experiment = useQuery({
    queryKey: ['experiment', experiment_id],
    queryFn: ({ signal }) => getExperiment(experiment_id, signal),
    staleTime: 60_000,
  });
  const run = useQuery({
    queryKey: ['run', runId],
    queryFn: ({ signal }) => getRun(runId ?? '', signal),
    enabled: Boolean(runId),
    staleTime: 60_000,
    retry: false,
  });
  return (
    <Facts
      items={[
        ['Registered as', <Versions key="v" model={model} most={MOST_VERSIONS} />],
        [
          'Made by run',
          runId ? (
            <Link key="r" className="link" to="/runs/$id" params={{ id: runId }}>
              {run.data?.info.run_name || runId.slice(0, 8)}
            </Link>
          ) : (
            <span key="r" className="muted">
              not told
            </span>
          ),
        ],
        [
          'Experiment',
          <Link key="e" className="link" to="/experiments/$id/models" params={{ id: experiment_id }}>
            {experiment.data?.name ?? experiment_id}
          </Link>,
        ],
        ['Type', info.model_type || <span className="muted">not told</span>],
        ...(changed === undefined ? [] : [['Changed', <Ago key="c" time={Number(changed)} />] as const]),
        ['Model id', <CopyId key="i" id={info.model_id} what="model id" length={40} />],
        ['Artifacts', <CopyId key="a" id={info.artifact_uri} what="artifact address" length={40} />],
      ]}
    />
  );
}
