import { CloseButton, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import IconSearch from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import { useEffect, useState } from 'react';
import type { PredictionFilter } from '@/lib/api/predictions.ts';
import css from './explorer.module.css';

interface FiltersProps {
  readonly filter: PredictionFilter;
  readonly onChange: (change: PredictionFilter) => void;
  readonly deployments: readonly string[];
  /** Versions and labels that occur in the range. */
  readonly versions: readonly string[];
  readonly labels: readonly string[];
}

const withCurrent = (known: readonly string[], current: string | undefined): string[] => [
  ...new Set([...known, ...(current === undefined ? [] : [current])]),
];

/** Every filter is in the URL; an emptied one leaves it. */
export function Filters({ filter, onChange, deployments, versions, labels }: FiltersProps) {
  const choice = <K extends keyof PredictionFilter>(key: K, options: readonly string[], name: string) => (
    <Select
      size="xs"
      w={name === 'Any deployment' ? 150 : 118}
      placeholder={name}
      aria-label={name}
      data={withCurrent(options, filter[key])}
      value={filter[key] ?? null}
      onChange={(next) => onChange({ [key]: next ?? undefined })}
      clearable
      searchable={options.length > 8}
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
    />
  );
  return (
    <search className={css.filters}>
      {choice('deployment', deployments, 'Any deployment')}
      {choice('variant', ['primary', 'shadow'], 'Any variant')}
      {choice('version', versions, 'Any version')}
      {choice('status', ['ok', 'error'], 'Any status')}
      {choice('label', labels, 'Any answer')}
      <IdSearch key={filter.q} q={filter.q ?? ''} onChange={(q) => onChange({ q: q === '' ? undefined : q })} />
    </search>
  );
}

function IdSearch({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  const later = useDebouncedCallback(onChange, 350);
  return (
    <TextInput
      size="xs"
      w={280}
      placeholder="Prediction id, request id or key"
      aria-label="Prediction id, request id or key"
      leftSection={<IconSearch size={13} />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        later(event.currentTarget.value.trim());
      }}
      rightSection={text === '' ? null : <CloseButton size="xs" aria-label="Clear the search" onClick={() => onChange('')} />}
    />
  );
}
