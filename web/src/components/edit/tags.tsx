import { Button, TextInput, UnstyledButton } from '@mantine/core';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import { useState } from 'react';
import { useChange } from '@/lib/use-change.ts';
import { Status } from '../status.tsx';
import css from './tags.module.css';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Tags of people; those that clients set for themselves begin with `mlflow.`. */
export const ownTags = (tags: readonly Tag[] = []): readonly Tag[] => tags.filter(({ key }) => !key.startsWith('mlflow.'));

export function Tags({ tags }: { tags: readonly Tag[] }) {
  return (
    <span className={css.tags}>
      {tags.map(({ key, value }) => (
        <TagMark key={key} tag={{ key, value }} />
      ))}
    </span>
  );
}

function TagMark({ tag: { key, value } }: { tag: Tag }) {
  return (
    <span className={css.tag} title={`${key}: ${value}`}>
      {key}
      {value !== '' && (
        <>
          : <b>{value}</b>
        </>
      )}
    </span>
  );
}

interface TagEditorProps {
  readonly tags: readonly Tag[];
  readonly set: (tag: Tag) => Promise<unknown>;
  readonly remove: (key: string) => Promise<unknown>;
}

/** Tags that can be added and taken away. */
export function TagEditor({ tags, set, remove }: TagEditorProps) {
  const [isAdding, setIsAdding] = useState(false);
  const removal = useChange(remove);
  return (
    <div className={css.editor}>
      <span className={css.tags}>
        {tags.map((tag) => (
          <span key={tag.key} className={css.editable}>
            <TagMark tag={tag} />
            <UnstyledButton className={css.remove} onClick={() => removal.mutate(tag.key)} aria-label={`Remove the tag ${tag.key}`}>
              <IconX size={12} />
            </UnstyledButton>
          </span>
        ))}
        {!isAdding && (
          <UnstyledButton className={css.add} onClick={() => setIsAdding(true)}>
            <IconPlus size={12} /> Tag
          </UnstyledButton>
        )}
      </span>
      {isAdding && <NewTag set={set} close={() => setIsAdding(false)} />}
      {removal.error && <Status tone="bad">{removal.error.message}</Status>}
    </div>
  );
}

function NewTag({ set, close }: { set: (tag: Tag) => Promise<unknown>; close: () => void }) {
  const [key, setKey] = useState('');
  const [value, setValue] = useState('');
  const adding = useChange(set, { done: close });
  return (
    <form
      className="row wrap"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() !== '') adding.mutate({ key: key.trim(), value });
      }}
    >
      <TextInput
        size="xs"
        placeholder="key"
        aria-label="Key of the tag"
        value={key}
        onChange={(event) => setKey(event.currentTarget.value)}
        data-autofocus
        autoFocus
      />
      <TextInput
        size="xs"
        placeholder="value"
        aria-label="Value of the tag"
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button type="submit" size="compact-sm" variant="default" disabled={key.trim() === ''} loading={adding.isPending}>
        Add
      </Button>
      <Button size="compact-sm" variant="subtle" color="gray" onClick={close}>
        Cancel
      </Button>
      {adding.error && <Status tone="bad">{adding.error.message}</Status>}
    </form>
  );
}
