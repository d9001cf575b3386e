import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { PageHead } from '@/components/panel.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import type { OpenApi } from '@/features/ui/openapi.ts';
import { operationsOf } from '@/features/ui/openapi.ts';
import { Operations } from '@/features/ui/operations.tsx';
import { get } from '@/lib/request.ts';

/** The API reference as a page to read; /docs is the one to try things on. */
export function ReferencePage() {
  const [filter, setFilter] = useState('');
  const query = useQuery({ queryKey: ['openapi'], queryFn: ({ signal }) => get<OpenApi>('/openapi.json', {}, signal), staleTime: 60_000 });
  return (
    <>
      <PageHead
        title="API reference"
        question={
          <>
            Every endpoint, what it takes and what it answers.{' '}
            <a className="link" href="/docs">
              Try them
            </a>
            , or read{' '}
            <a className="link" href="/docs/errors">
              every error
            </a>
            .
          </>
        }
      >
        <TextInput
          size="xs"
          w={280}
          placeholder="Filter by path or words"
          aria-label="Filter by path or words"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
      </PageHead>
      <Shown query={query} what="The API description" height={400}>
        {(document) => {
          const operations = operationsOf(document, filter);
          return operations.length === 0 ? (
            <Empty title="No endpoint fits the filter" />
          ) : (
            <Operations groups={operations} document={document} />
          );
        }}
      </Shown>
    </>
  );
}
