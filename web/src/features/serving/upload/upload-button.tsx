import { Button, type ButtonProps, FileButton } from '@mantine/core';
import { useRef, useState } from 'react';
import type { Deployment } from '@/lib/api/deployments.ts';
import { UploadDialog } from './upload-dialog.tsx';

interface UploadButtonProps {
  /** Where the file goes; absent for a new deployment. */
  readonly deployment?: Deployment;
  /** Requests per second that the primary answers now; null where nothing is known. */
  readonly perSecond?: number | null;
  readonly variant?: ButtonProps['variant'];
}

/** Choose a file, see what is in it, deploy it. */
export function UploadButton({ deployment, perSecond = null, variant = 'default' }: UploadButtonProps) {
  const [file, setFile] = useState<File | null>(null);
  const reset = useRef<() => void>(null);
  const close = () => {
    setFile(null);
    reset.current?.();
  };
  return (
    <>
      <FileButton onChange={setFile} accept=".onnx" resetRef={reset} inputProps={{ 'aria-label': 'ONNX file' }}>
        {(props) => (
          <Button {...props} size="xs" variant={variant}>
            Upload a model
          </Button>
        )}
      </FileButton>
      {file && (
        <UploadDialog
          key={`${file.name} ${file.lastModified} ${file.size}`}
          file={file}
          deployment={deployment}
          perSecond={perSecond}
          close={close}
        />
      )}
    </>
  );
}
