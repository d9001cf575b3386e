import { Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Dialog } from '@/components/edit/dialogs.tsx';
import { deleteAlias, moveAlias } from '@/lib/api/registry.ts';

/** What is asked of an alias. Without `alias` a new one is made. */
export interface AliasAsked {
  readonly alias?: string | undefined;
  readonly version?: string | undefined;
  readonly isRemoval?: boolean;
}

interface AliasDialogProps {
  readonly name: string;
  readonly versions: readonly string[];
  readonly aliases: readonly { readonly alias: string; readonly version: string }[];
  readonly asked: AliasAsked;
  /** Deployments that follow an alias, by alias. */
  readonly followers: ReadonlyMap<string, readonly string[]>;
  readonly close: () => void;
}

export function AliasDialog(props: AliasDialogProps) {
  return props.asked.isRemoval && props.asked.alias !== undefined ? (
    <RemoveAlias {...props} alias={props.asked.alias} />
  ) : (
    <MoveAlias {...props} />
  );
}

function MoveAlias({ name, versions, aliases, asked, followers, close }: AliasDialogProps) {
  const [alias, setAlias] = useState(asked.alias ?? '');
  const present = aliases.find((one) => one.alias === alias.trim())?.version;
  const [version, setVersion] = useState<string | null>(
    asked.version !== undefined && asked.version !== present ? asked.version : (versions.find((one) => one !== present) ?? null),
  );
  const [reason, setReason] = useState('');
  const moved = followers.get(alias.trim()) ?? [];
  const isReady = alias.trim() !== '' && version !== null && version !== present && reason.trim().length >= 3;
  return (
    <Dialog
      title={asked.alias === undefined ? `Point an alias of ${name} at a version` : `Move @${asked.alias}`}
      action={present === undefined ? 'Set alias' : `Move to version ${version ?? ''}`}
      isReady={isReady}
      close={close}
      act={() => moveAlias({ name, alias: alias.trim(), version: version ?? '', reason: reason.trim() })}
      said={`@${alias.trim()} points at version ${version}. The history can undo it.`}
    >
      {asked.alias === undefined && (
        <TextInput
          label="Alias"
          description="Letters, digits, _ and -; production is the usual one that deployments follow."
          value={alias}
          onChange={(event) => setAlias(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <Select
        label="Version"
        data={versions.map((value) => ({ value, label: `Version ${value}${value === present ? ' (now)' : ''}` }))}
        value={version}
        onChange={setVersion}
        searchable
        allowDeselect={false}
      />
      <p className="muted">
        {present === undefined ? 'The alias is new.' : `It points at version ${present} now.`}{' '}
        {moved.length > 0
          ? `${moved.join(', ')} ${moved.length === 1 ? 'follows' : 'follow'} it: all answers there come from version ${version ?? ''} as soon as it is loaded. No request is refused meanwhile.`
          : 'No deployment follows it.'}
      </p>
      <Textarea
        label="Reason"
        description="Kept in the history, for whoever asks later."
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        autosize
        minRows={2}
        required
        {...(asked.alias === undefined ? {} : { 'data-autofocus': true })}
      />
    </Dialog>
  );
}

function RemoveAlias({ name, alias, followers, close }: AliasDialogProps & { alias: string }) {
  const left = followers.get(alias) ?? [];
  return (
    <Dialog
      title={`Remove @${alias}`}
      action="Remove"
      isDangerous
      close={close}
      act={() => deleteAlias(name, alias)}
      said={`@${alias} is gone.`}
    >
      <p>
        {left.length > 0
          ? `${left.join(', ')} ${left.length === 1 ? 'follows' : 'follow'} it, and will keep the version that is loaded but cannot load it again.`
          : 'No deployment follows it. Clients that load by this alias will be refused.'}
      </p>
    </Dialog>
  );
}
