import { useSearch } from '@tanstack/react-router';
import { Snippet } from '@/components/copy.tsx';
import { PageHead, Panel } from '@/components/panel.tsx';
import css from '@/components/side-list.module.css';
import { Empty, Shown } from '@/components/states.tsx';
import { Models, Versions } from '@/features/registry/models.tsx';
import { type Deployment, listDeployments } from '@/lib/api/deployments.ts';
import { type RegisteredModel, searchModels, searchVersions } from '@/lib/api/mlflow.ts';
import { EVERY, useLive } from '@/lib/live.ts';

export function ModelsPage() {
  const { model } = useSearch({ from: '/models' });
  const query = useLive(['models'], searchModels, { everyMs: EVERY.slow });
  return (
    <>
      <PageHead title="Models" question="Which versions are there, and which one is live?" />
      <Shown query={query} what="The models" height={300}>
        {(models) => (models.length === 0 ? <NoModels /> : <Selected models={models} name={model ?? models[0]?.name ?? ''} />)}
      </Shown>
    </>
  );
}

function Selected({ models, name }: { models: readonly RegisteredModel[]; name: string }) {
  const versions = useLive(['versions', name], (signal) => searchVersions(name, signal));
  const { data: deployments = [] } = useLive(['deployments'], listDeployments);
  const aliases = models.find((model) => model.name === name)?.aliases;
  return (
    <div className={css.split}>
      <Panel title="Models" note={`${models.length}`} flush>
        <Models models={models} selected={name} />
      </Panel>
      <Panel title={name} note={versions.data && `${versions.data.length} ${versions.data.length === 1 ? 'version' : 'versions'}`} flush>
        <Shown query={versions} what="The versions" height={240}>
          {(items) =>
            items.length === 0 ? (
              <Empty title="No versions yet" />
            ) : (
              <Versions versions={items} aliases={aliases} liveIn={liveIn(deployments, name)} />
            )
          }
        </Shown>
      </Panel>
    </div>
  );
}

/** Deployments by the version that answers in them now. */
function liveIn(deployments: readonly Deployment[], model: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, variants } of deployments) {
    for (const { model_name, version } of variants) {
      if (model_name === model && version !== null && !found.get(version)?.includes(name))
        found.set(version, [...(found.get(version) ?? []), name]);
    }
  }
  return found;
}

function NoModels() {
  const code = `import mlflow\n\nmlflow.set_tracking_uri("${window.location.origin}")\nwith mlflow.start_run():\n    mlflow.sklearn.log_model(model, name="model", registered_model_name="first", signature=signature)`;
  return (
    <Panel>
      <Empty title="No registered models">
        <p>Register one with the MLflow client:</p>
        <Snippet code={code} what="Python" />
      </Empty>
    </Panel>
  );
}
