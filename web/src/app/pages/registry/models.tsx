import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Snippet } from '@/components/copy.tsx';
import { TextDialog } from '@/components/edit/dialogs.tsx';
import { Foot } from '@/components/foot.tsx';
import { PageHead, Panel } from '@/components/panel.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import { liveByModel } from '@/features/registry/live-in.ts';
import { ModelTable } from '@/features/registry/model-table.tsx';
import { listDeployments } from '@/lib/api/deployments.ts';
import { createModel, findModels } from '@/lib/api/registry.ts';
import { EVERY, useLive } from '@/lib/live.ts';

export function ModelsPage() {
  const { q } = useSearch({ from: '/models' });
  const navigate = useNavigate({ from: '/models' });
  const [isNew, setIsNew] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ['models', q, 'list'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => findModels(q, pageParam, signal),
    getNextPageParam: ({ next_page_token }) => next_page_token,
    placeholderData: keepPreviousData,
  });
  const { data: deployments = [] } = useLive(['deployments'], listDeployments, { everyMs: EVERY.slow });
  const models = query.data?.pages.flatMap(({ registered_models = [] }) => registered_models) ?? [];
  const search = useDebouncedCallback(
    (text: string) => void navigate({ search: (before) => ({ ...before, q: text.trim() || undefined }), replace: true }),
    200,
  );
  return (
    <>
      <PageHead title="Models" question="Which versions are there, and which one is live?">
        <Button size="xs" onClick={() => setIsNew(true)}>
          New model
        </Button>
      </PageHead>
      <TextInput
        size="xs"
        w={280}
        leftSection={<IconSearch size={14} />}
        placeholder="Part of the name"
        aria-label="Search models"
        defaultValue={q ?? ''}
        onChange={(event) => search(event.currentTarget.value)}
      />
      <Panel flush>
        <Shown query={query} what="The models" height={300}>
          {() =>
            models.length > 0 ? (
              <>
                <ModelTable models={models} liveIn={liveByModel(deployments)} />
                <Foot loaded={models.length} what={models.length === 1 ? 'model' : 'models'} more={query} />
              </>
            ) : q === undefined ? (
              <NoModels />
            ) : (
              <Empty title="No model fits" />
            )
          }
        </Shown>
      </Panel>
      {isNew && <TextDialog title="New model" label="Name" action="Create" close={() => setIsNew(false)} act={createModel} />}
    </>
  );
}

function NoModels() {
  const code = `import mlflow\n\nmlflow.set_tracking_uri("${window.location.origin}")\nwith mlflow.start_run():\n    mlflow.sklearn.log_model(model, name="model", registered_model_name="first", input_example=X[:5])`;
  return (
    <Empty title="No registered models">
      <p>Register one with the MLflow client:</p>
      <Snippet code={code} what="Python" />
    </Empty>
  );
}
