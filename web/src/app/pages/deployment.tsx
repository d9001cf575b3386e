import { Button } from '@mantine/core';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Ago } from '@/components/ago.tsx';
import { PageHead, Panel } from '@/components/panel.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import { ChangeDialog, type ChangeKind } from '@/features/serving/change-dialog.tsx';
import { History } from '@/features/serving/history.tsx';
import { SchemaTable } from '@/features/serving/schema-table.tsx';
import { TryIt } from '@/features/serving/try-it/try-it.tsx';
import { UploadButton } from '@/features/serving/upload/upload-button.tsx';
import { VariantState } from '@/features/serving/variants.tsx';
import { type Change, type Deployment, getDeployment, listChanges, primaryOf } from '@/lib/api/deployments.ts';
import { summarise } from '@/lib/api/predictions.ts';
import { useLive, useRangeQuery } from '@/lib/live.ts';
import { ApiError } from '@/lib/request.ts';
import { timeRange } from '@/lib/time-range.ts';
import css from './deployment.module.css';
import { DeploymentFigures, DeploymentVariants } from './deployment-figures.tsx';
import { DeploymentMonitor } from './deployment-monitor.tsx';

export function DeploymentPage() {
  const { name } = useParams({ from: '/deployments/$name' });
  const query = useLive(['deployment', name], (signal) => getDeployment(name, signal));
  const changes = useLive(['changes', name], (signal) => listChanges(name, signal));
  if (query.error instanceof ApiError && query.error.status === 404) {
    return (
      <Empty title={`There is no deployment ${name}`}>
        <p>{query.error.message}</p>
      </Empty>
    );
  }
  return (
    <Shown query={query} what={`The deployment ${name}`} height={480}>
      {(deployment) => <Loaded deployment={deployment} changes={changes.data ?? []} />}
    </Shown>
  );
}

function Loaded({ deployment, changes }: { deployment: Deployment; changes: readonly Change[] }) {
  const { schema } = deployment;
  return (
    <>
      <Head deployment={deployment} changes={changes} />
      <DeploymentFigures deployment={deployment} changes={changes} />
      <div className={css.columns}>
        <div className={css.main}>
          <DeploymentVariants deployment={deployment} />
          <DeploymentMonitor deployment={deployment} />
        </div>
        <div className={css.side}>
          <Panel title="Try it" note="a real call, recorded like any other" id="try">
            {schema ? (
              <TryIt
                key={deployment.name}
                deployment={deployment.name}
                schema={schema}
                hasRows={deployment.takes !== 'tensors'}
                compat={deployment.compat}
              />
            ) : (
              <Empty title="No model is loaded" />
            )}
          </Panel>
          <Panel title="History" note="newest first" flush>
            <History changes={changes.slice(0, 20)} />
          </Panel>
          {schema && (
            <Panel title="Schema" note={`${schema.task}, predicts ${schema.target}`} flush>
              <SchemaTable schema={schema} />
            </Panel>
          )}
        </div>
      </div>
    </>
  );
}

function Head({ deployment, changes }: { deployment: Deployment; changes: readonly Change[] }) {
  const { change, to_version } = useSearch({ from: '/deployments/$name' });
  const navigate = useNavigate({ from: '/deployments/$name' });
  const open = (kind: ChangeKind | undefined) =>
    void navigate({ search: (before) => ({ ...before, change: kind, to_version: undefined }), resetScroll: false });
  const primary = primaryOf(deployment);
  const perSecond = useRecentRate(deployment.name);
  const last = changes[0];
  return (
    <>
      <PageHead
        title={
          <span className="row">
            {deployment.name}
            {deployment.is_default && <span className={css.badge}>default</span>}
            {primary && (
              <span className={css.state}>
                <VariantState variant={primary} />
              </span>
            )}
          </span>
        }
        question={
          <>
            {primary?.version == null ? 'Nothing answers' : `${primary.model_name} version ${primary.version} answers`}
            {primary && <code> {primary.model}</code>}
            {last && (
              <>
                {', last change '}
                <Ago time={last.at} />
              </>
            )}
          </>
        }
      >
        <UploadButton deployment={deployment} perSecond={perSecond} />
        <Button size="xs" onClick={() => open('promote')} disabled={!primary}>
          Promote a version
        </Button>
        <Button size="xs" variant="default" onClick={() => open('rollback')} disabled={!primary}>
          Roll back
        </Button>
      </PageHead>
      {change && (
        <ChangeDialog
          kind={change}
          deployment={deployment}
          changes={changes}
          suggested={to_version}
          perSecond={perSecond}
          close={() => open(undefined)}
        />
      )}
    </>
  );
}

const RECENT_MS = 5 * 60_000;

/** What the primary answers now, for "this many requests will move". */
function useRecentRate(deployment: string): number | null {
  const range = { ...timeRange({}), key: 'recent', at: (nowMs: number) => ({ fromMs: nowMs - RECENT_MS, toMs: nowMs }) };
  const { data } = useRangeQuery(['summary', deployment], range, (window, signal) =>
    summarise({ deployment, variant: 'primary' }, window, signal),
  );
  return data ? data.data.count / (RECENT_MS / 1000) : null;
}
