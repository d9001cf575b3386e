import { Autocomplete, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '@/components/edit/dialogs.tsx';
import { listArtifacts } from '@/lib/api/artifacts.ts';
import type { LoggedModel } from '@/lib/api/logged-models.ts';
import type { Run } from '@/lib/api/mlflow.ts';
import { findModels, registerVersion } from '@/lib/api/registry.ts';

/** A model that a run holds, and how the registry names where it is. */
interface Candidate {
  readonly label: string;
  readonly source: string;
  readonly modelId?: string;
}

interface RegisterDialogProps {
  readonly run: Run;
  readonly logged: readonly LoggedModel[];
  readonly close: () => void;
}

/** Makes a version of a registered model from what a run logged. */
export function RegisterDialog({ run, logged, close }: RegisterDialogProps) {
  const { run_id, artifact_uri } = run.info;
  const folders = useQuery({ queryKey: ['model-folders', run_id], queryFn: ({ signal }) => modelFolders(artifact_uri, signal) });
  const models = useQuery({ queryKey: ['models', undefined], queryFn: ({ signal }) => findModels(undefined, undefined, signal) });
  const candidates: Candidate[] = [
    ...logged.map(({ info }) => ({ label: `${info.name} (logged model)`, source: `models:/${info.model_id}`, modelId: info.model_id })),
    ...(folders.data ?? []).map((path) => ({ label: path, source: `${artifact_uri}/${path}` })),
  ];
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState('');
  const candidate = candidates.find(({ source }) => source === chosen) ?? candidates[0];
  const act = () => {
    if (!candidate) return Promise.reject(new Error('There is nothing to register.'));
    const { source, modelId } = candidate;
    return registerVersion({ name: name.trim(), source, run_id, ...(modelId === undefined ? {} : { model_id: modelId }) });
  };
  return (
    <Dialog
      title="Register a model of this run"
      action="Register"
      isReady={candidate !== undefined && name.trim() !== ''}
      close={close}
      act={act}
      said={`A new version of ${name.trim()} is registered.`}
    >
      {candidates.length === 0 && !folders.isPending ? (
        <p>This run holds no model: neither a logged model nor a folder with an MLmodel file.</p>
      ) : (
        <Select
          label="What"
          data={candidates.map(({ label, source }) => ({ value: source, label }))}
          value={candidate?.source ?? null}
          onChange={setChosen}
          allowDeselect={false}
        />
      )}
      <Autocomplete
        label="Name"
        description="One that exists gets a new version; a new name makes a new model."
        data={(models.data?.registered_models ?? []).map((model) => model.name)}
        value={name}
        onChange={setName}
        data-autofocus
      />
    </Dialog>
  );
}

/** Folders at the top that hold an MLmodel file. */
async function modelFolders(uri: string, signal: AbortSignal): Promise<string[]> {
  const top = await listArtifacts(uri, '', signal);
  const folders = top.filter(({ is_dir }) => is_dir).slice(0, 20);
  const inside = await Promise.all(folders.map(({ path }) => listArtifacts(uri, path, signal)));
  return folders.filter((_folder, i) => inside[i]?.some(({ path }) => path.endsWith('/MLmodel'))).map(({ path }) => path);
}
