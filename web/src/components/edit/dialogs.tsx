import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '@/lib/use-change.ts';
import { Status } from '../status.tsx';
import css from './dialogs.module.css';

interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly children?: ReactNode;
  /** The word on the button. */
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly isReady?: boolean;
  readonly act: () => Promise<unknown>;
  readonly said?: string;
  readonly done?: () => void;
}

/** A question with one answer that changes something. What the server refuses is said in place. */
export function Dialog({ title, close, children, action, isDangerous = false, isReady = true, act, said, done }: DialogProps) {
  const change = useChange<void>(act, {
    ...(said === undefined ? {} : { said: () => said }),
    done: () => {
      close();
      done?.();
    },
  });
  return (
    <Modal opened onClose={close} title={title} size={480}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !change.isPending) change.mutate();
        }}
      >
        {children}
        {change.error && (
          <div role="alert">
            <Status tone="bad">Not done</Status>
            <p>{change.error.message}</p>
          </div>
        )}
        <div className="row">
          <Button type="submit" size="xs" color={isDangerous ? 'red' : 'accent'} disabled={!isReady} loading={change.isPending}>
            {action}
          </Button>
          <Button size="xs" variant="subtle" color="gray" onClick={close}>
            Cancel
          </Button>
        </div>
      </form>
    </Modal>
  );
}

interface TextDialogProps {
  readonly title: string;
  readonly label: string;
  readonly initial?: string;
  readonly action: string;
  readonly description?: string;
  readonly isLong?: boolean;
  readonly close: () => void;
  readonly act: (text: string) => Promise<unknown>;
}

/** Asks for one text: a name, a description. */
export function TextDialog({ title, label, initial = '', action, description, isLong = false, close, act }: TextDialogProps) {
  const [text, setText] = useState(initial);
  const value = isLong ? text : text.trim();
  const Field = isLong ? Textarea : TextInput;
  return (
    <Dialog title={title} close={close} action={action} isReady={value !== initial && (isLong || value !== '')} act={() => act(value)}>
      <Field
        label={label}
        description={description}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-autofocus
        {...(isLong ? { autosize: true, minRows: 4, maxRows: 16 } : {})}
      />
    </Dialog>
  );
}
