import { Button, Modal, Select, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Status } from '@/components/status.tsx';
import { type Change, type Deployment, primaryOf, promote, rollback } from '@/lib/api/deployments.ts';
import { searchVersions } from '@/lib/api/mlflow.ts';
import { count, rate } from '@/lib/format.ts';
import css from './change-dialog.module.css';
import { impactOf, previousVersion } from './change-impact.ts';

export type ChangeKind = 'promote' | 'rollback';

interface ChangeDialogProps {
  readonly kind: ChangeKind;
  readonly deployment: Deployment;
  readonly changes: readonly Change[];
  /** Version to offer first. */
  readonly suggested: string | undefined;
  /** Requests per second that the primary answers now; null where nothing is known. */
  readonly perSecond: number | null;
  readonly close: () => void;
}

/** Says in numbers what will happen, asks why, and leads back. */
export function ChangeDialog({ kind, deployment, changes, suggested, perSecond, close }: ChangeDialogProps) {
  const primary = primaryOf(deployment);
  const modelName = primary?.model_name ?? '';
  const { data: versions = [] } = useQuery({
    queryKey: ['versions', modelName],
    queryFn: ({ signal }) => searchVersions(modelName, signal),
    enabled: modelName !== '',
  });
  const others = versions.map(({ version }) => version).filter((version) => version !== primary?.version);
  const [chosen, setChosen] = useState<string | null>(suggested ?? null);
  const [reason, setReason] = useState('');
  const target =
    kind === 'rollback' ? previousVersion(changes, primary?.version) : (chosen ?? shadowVersion(deployment) ?? others[0] ?? null);
  const apply = useApply({ kind, deployment, target, reason: reason.trim(), close });
  const impact = impactOf(deployment, target);
  const isReady = reason.trim().length >= 3 && target !== null && target !== primary?.version;
  return (
    <Modal
      opened
      onClose={close}
      size={500}
      title={kind === 'promote' ? `Promote a version of ${deployment.name}` : `Roll ${deployment.name} back`}
    >
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) apply.mutate();
        }}
      >
        {kind === 'promote' && (
          <Select
            label={`Version of ${modelName}`}
            data={others.map((version) => ({
              value: version,
              label: `Version ${version}${version === shadowVersion(deployment) ? ' (the shadow)' : ''}`,
            }))}
            value={target}
            onChange={setChosen}
            nothingFoundMessage="No other version"
            searchable
            allowDeselect={false}
          />
        )}
        <div className={css.impact}>
          <p>
            {target === null ? 'There is no version to go to.' : <Effect deployment={deployment} target={target} perSecond={perSecond} />}
          </p>
          {impact.map((line) => (
            <p key={line} className="muted">
              {line}
            </p>
          ))}
        </div>
        <Textarea
          label="Reason"
          description="Kept in the history, for whoever asks later."
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          autosize
          minRows={2}
          required
          data-autofocus
        />
        {apply.error && (
          <div role="alert">
            <Status tone="bad">Not changed</Status>
            <p>{apply.error.message}</p>
          </div>
        )}
        <div className="row">
          <Button type="submit" size="xs" color={kind === 'rollback' ? 'red' : 'accent'} disabled={!isReady} loading={apply.isPending}>
            {kind === 'promote' ? `Promote version ${target ?? ''}` : `Roll back to version ${target ?? ''}`}
          </Button>
          <Button size="xs" variant="subtle" color="gray" onClick={close}>
            Cancel
          </Button>
        </div>
      </form>
    </Modal>
  );
}

const shadowVersion = ({ variants }: Deployment): string | null => variants.find(({ role }) => role === 'shadow')?.version ?? null;

function Effect({ deployment, target, perSecond }: { deployment: Deployment; target: string; perSecond: number | null }) {
  const from = primaryOf(deployment)?.version ?? 'none';
  return (
    <>
      All answers of <strong>{deployment.name}</strong>
      {perSecond !== null && perSecond > 0 && ` (${rate(perSecond)}, about ${count(Math.round(perSecond * 60))} predictions a minute)`} move
      from version <strong>{from}</strong> to version <strong>{target}</strong>. No request is refused meanwhile.
    </>
  );
}

interface Application {
  readonly kind: ChangeKind;
  readonly deployment: Deployment;
  readonly target: string | null;
  readonly reason: string;
  readonly close: () => void;
}

function useApply({ kind, deployment, target, reason, close }: Application) {
  const queries = useQueryClient();
  const { name } = deployment;
  return useMutation({
    mutationFn: () =>
      kind === 'promote' ? promote(name, { ...(target === null ? {} : { version: target }), reason }) : rollback(name, { reason }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      notifications.show({
        title: kind === 'promote' ? 'Promoted' : 'Rolled back',
        message: `${name} now answers with version ${target}. The history can undo it.`,
      });
      close();
    },
  });
}
