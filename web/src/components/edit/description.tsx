import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import css from './description.module.css';
import { TextDialog } from './dialogs.tsx';

interface DescriptionProps {
  readonly text: string;
  readonly what: string;
  readonly save: (text: string) => Promise<unknown>;
}

/** What people wrote about a thing, as they wrote it, and the way to change it. */
export function Description({ text, what, save }: DescriptionProps) {
  const [isEditing, setIsEditing] = useState(false);
  return (
    <div className={css.description}>
      {text !== '' && <p>{text}</p>}
      <UnstyledButton className={css.edit} onClick={() => setIsEditing(true)}>
        {text === '' ? `Describe ${what}` : 'Edit description'}
      </UnstyledButton>
      {isEditing && (
        <TextDialog
          title={`Describe ${what}`}
          label="Description"
          initial={text}
          action="Save"
          isLong
          close={() => setIsEditing(false)}
          act={save}
        />
      )}
    </div>
  );
}
