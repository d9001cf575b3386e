import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Loading } from '@/components/states.tsx';
import { Status } from '@/components/status.tsx';
import { type Deployment, primaryOf } from '@/lib/api/deployments.ts';
import { inspectFile, type Upload, type UploadAs, type Uploaded, uploadFile } from '@/lib/api/uploads.ts';
import { count, rate } from '@/lib/format.ts';
import { ApiError } from '@/lib/request.ts';
import { Found } from './found.tsx';
import css from './upload.module.css';

interface UploadDialogProps {
  readonly file: File;
  readonly deployment: Deployment | undefined;
  readonly perSecond: number | null;
  readonly close: () => void;
}

/** What is in the file, what callers would notice, and the choice of what to do with it. */
export function UploadDialog({ file, deployment, perSecond, close }: UploadDialogProps) {
  const [name, setName] = useState(deployment?.name ?? nameFrom(file.name));
  const [reason, setReason] = useState(`Uploaded ${file.name}`);
  const [isMeant, setMeant] = useState(false);
  const found = useQuery({
    queryKey: ['inspect', deployment?.name, file.name, file.lastModified, file.size],
    queryFn: ({ signal }) => inspectFile(name, file, signal),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const upload = useUpload({ file, name, isNew: deployment === undefined, close });
  const breaks = found.data?.changes.some(({ level }) => level === 'breaks') === true;
  const isReady = found.data !== undefined && (!breaks || isMeant) && name !== '';
  const deploy = (as: UploadAs) => upload.mutate({ as, reason: reason.trim(), acceptChanges: isMeant });
  return (
    <Modal opened onClose={close} size={640} title={deployment ? `Upload a model to ${deployment.name}` : 'Upload a model'}>
      <div className={css.dialog}>
        {found.isPending && (
          <>
            <p className="muted">
              Loading {file.name} in a process of its own and running a row. This takes a few seconds where the server never saw it.
            </p>
            <Loading height={240} />
          </>
        )}
        {found.error && <Refused error={found.error} what={`${file.name} is refused`} />}
        {found.data && (
          <>
            <Found found={found.data} />
            {breaks && deployment && (
              <Checkbox
                size="xs"
                label="Deploy it all the same"
                checked={isMeant}
                onChange={(event) => setMeant(event.currentTarget.checked)}
              />
            )}
            {!deployment && (
              <TextInput label="Name of the deployment" size="xs" value={name} onChange={(event) => setName(event.currentTarget.value)} />
            )}
            <TextInput label="Reason" size="xs" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
            {deployment && <Effect deployment={deployment} perSecond={perSecond} />}
          </>
        )}
        {upload.error && <Refused error={upload.error} what="Not deployed" />}
        <div className="row wrap">
          {found.data && (
            <>
              <Button size="xs" disabled={!isReady} loading={upload.isPending} onClick={() => deploy('primary')}>
                {deployment ? 'Answer with it now' : 'Deploy'}
              </Button>
              {deployment && (
                <Button size="xs" variant="default" disabled={!isReady || upload.isPending} onClick={() => deploy('shadow')}>
                  Run it as a shadow
                </Button>
              )}
            </>
          )}
          <Button size="xs" variant="subtle" color="gray" onClick={close}>
            {found.error ? 'Close' : 'Cancel'}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function Effect({ deployment, perSecond }: { deployment: Deployment; perSecond: number | null }) {
  const primary = primaryOf(deployment);
  const alias = primary?.model.split('@')[1];
  const moving = perSecond !== null && perSecond > 0 ? ` (${rate(perSecond)}, about ${count(Math.round(perSecond * 60))} a minute)` : '';
  return (
    <div className={css.effect}>
      <p>
        <strong>Answer with it now:</strong> all answers{moving} move from version {primary?.version ?? 'none'} to the new one
        {alias === undefined ? '' : `, with the alias '${alias}' of ${primary?.model_name}`}. No request is refused meanwhile, and “Roll
        back” undoes it.
      </p>
      <p>
        <strong>Run it as a shadow:</strong> it scores the same rows after the answer; nobody sees its answers but this page.
      </p>
    </div>
  );
}

function Refused({ error, what }: { error: Error; what: string }) {
  const hint = error instanceof ApiError ? error.hint : undefined;
  return (
    <div className={css.refused} role="alert">
      <Status tone="bad">{what}</Status>
      <p>{error.message}</p>
      {hint !== undefined && <p className="muted">{hint}</p>}
    </div>
  );
}

/** `my model.onnx` → `my-model` */
function nameFrom(file: string): string {
  const stem = file.replace(/\.onnx$/iu, '').replaceAll(/[^\w.-]+/gu, '-');
  return stem.replace(/^[^a-zA-Z0-9]+/u, '').slice(0, 100) || 'model';
}

const DONE: Readonly<Record<UploadAs, (uploaded: Uploaded) => string>> = {
  primary: ({ version }) => `Version ${version} answers now.`,
  shadow: ({ version }) => `Version ${version} runs as a shadow; the comparison fills with the next rows.`,
  version: ({ version }) => `Version ${version} is registered.`,
};

function useUpload({ file, name, isNew, close }: { file: File; name: string; isNew: boolean; close: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (upload: Upload) => uploadFile(name, file, upload),
    onSuccess: async (uploaded) => {
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'inspect' });
      notifications.show({ title: `${uploaded.model_name} version ${uploaded.version}`, message: DONE[uploaded.as](uploaded) });
      close();
      if (isNew) await navigate({ to: '/deployments/$name', params: { name } });
    },
  });
}
