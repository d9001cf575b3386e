import { Dialog, TextDialog } from '@/components/edit/dialogs.tsx';
import {
  createExperiment,
  deleteExperiment,
  type ExperimentRow,
  renameExperiment,
  restoreExperiment,
  setExperimentTag,
} from '@/lib/api/tracking.ts';
import { plural } from '@/lib/format.ts';

export type ExperimentAction = 'rename' | 'describe' | 'delete' | 'restore';

interface ExperimentDialogProps {
  readonly action: ExperimentAction;
  readonly row: Pick<ExperimentRow, 'experiment_id' | 'name' | 'tags' | 'active_runs'>;
  readonly close: () => void;
}

export function ExperimentDialog({ action, row, close }: ExperimentDialogProps) {
  const { experiment_id: id, name } = row;
  if (action === 'rename') {
    const act = (text: string) => renameExperiment(id, text);
    return <TextDialog title={`Rename ${name}`} label="Name" initial={name} action="Rename" close={close} act={act} />;
  }
  if (action === 'describe') {
    const initial = row.tags.find(({ key }) => key === 'mlflow.note.content')?.value ?? '';
    const act = (value: string) => setExperimentTag(id, { key: 'mlflow.note.content', value });
    return <TextDialog title={`Describe ${name}`} label="Description" initial={initial} action="Save" isLong close={close} act={act} />;
  }
  if (action === 'restore') {
    return (
      <Dialog title={`Restore ${name}`} action="Restore" close={close} act={() => restoreExperiment(id)} said={`${name} is back.`}>
        <p>The experiment and its runs can be used again.</p>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={`Delete ${name}`}
      action="Delete"
      isDangerous
      close={close}
      act={() => deleteExperiment(id)}
      said={`${name} is deleted.`}
    >
      <p>
        {plural(row.active_runs, 'run')} and the experiment will no longer be listed, and nothing can be logged to it. The view “Deleted”
        can restore them.
      </p>
    </Dialog>
  );
}

export function NewExperiment({ close }: { close: () => void }) {
  return <TextDialog title="New experiment" label="Name" action="Create" close={close} act={createExperiment} />;
}
