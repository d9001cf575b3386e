import { Button, SegmentedControl, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CompatName } from '#contract/http/platform/deployments.ts';
import type { ModelSchema } from '#contract/model-schema.ts';
import { Snippet } from '@/components/copy.tsx';
import { Loading } from '@/components/states.tsx';
import { getTensors, postRaw } from '@/lib/api/deployments.ts';
import { millis } from '@/lib/format.ts';
import { CallIt } from './call-it.tsx';
import { bodyFor, defaultsOf, tensorBody, toInputs } from './draft.ts';
import { Refusal } from './refusal.tsx';
import css from './try-it.module.css';

const PROTOCOLS = ['plain', 'tensors'] as const;
type Protocol = (typeof PROTOCOLS)[number];
const LABELS: Readonly<Record<Protocol, string>> = { plain: 'Plain API', tensors: 'Open Inference Protocol' };

interface JsonFormProps {
  readonly deployment: string;
  readonly schema: ModelSchema;
  /** Whether the plain API takes rows of it. */
  readonly hasRows: boolean;
  readonly compat: CompatName | undefined;
}

/** The body of a request as text, for any model and any form that the API takes. */
export function JsonForm({ deployment, schema, hasRows, compat }: JsonFormProps) {
  const [protocol, setProtocol] = useState<Protocol>(hasRows ? 'plain' : 'tensors');
  const tensors = useQuery({
    queryKey: ['tensors', deployment],
    queryFn: ({ signal }) => getTensors(deployment, signal),
    enabled: protocol === 'tensors',
  });
  const typical = defaultsOf(schema);
  const start =
    protocol === 'plain'
      ? bodyFor(compat, toInputs(schema, typical))
      : tensors.data && tensorBody(tensors.data.inputs, hasRows ? { schema, typical } : undefined);
  const name = encodeURIComponent(deployment);
  const path = protocol === 'plain' ? `/deployments/${name}/predict` : `/v2/models/${name}/infer`;
  return (
    <>
      {hasRows && (
        <SegmentedControl
          size="xs"
          data={PROTOCOLS.map((value) => ({ value, label: LABELS[value] }))}
          value={protocol}
          onChange={(next) => setProtocol(next as Protocol)}
          aria-label="Protocol"
        />
      )}
      {tensors.error && protocol === 'tensors' && <Refusal error={tensors.error} />}
      {start === undefined ? (
        !tensors.error && <Loading height={180} />
      ) : (
        <Editor key={path} path={path} start={JSON.stringify(start, null, 2)} />
      )}
    </>
  );
}

function Editor({ path, start }: { path: string; start: string }) {
  const [text, setText] = useState(start);
  const call = useMutation({ mutationFn: (body: unknown) => postRaw(path, body) });
  const { body, problem } = parsed(text);
  return (
    <>
      <form
        className={css.json}
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === null) call.mutate(body);
        }}
      >
        <Textarea
          label={<span className="mono">POST {path}</span>}
          aria-label="Body of the request"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={problem}
          autosize
          minRows={4}
          maxRows={18}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          size="xs"
        />
        <div className={css.submit}>
          <Button type="submit" size="xs" loading={call.isPending} disabled={problem !== null}>
            Send
          </Button>
          <Button size="xs" variant="subtle" color="gray" onClick={() => setText(start)}>
            Reset
          </Button>
        </div>
      </form>
      <div aria-live="polite">
        {call.error && <Refusal error={call.error} />}
        {call.data && !call.error && (
          <div className={css.result}>
            <span className="muted">answered in {millis(call.data.ms)}, with the way there and back</span>
            <Snippet code={JSON.stringify(call.data.answer, null, 2)} what="answer" />
          </div>
        )}
      </div>
      {problem === null && <CallIt call={{ path, body }} />}
    </>
  );
}

function parsed(text: string): { body: unknown; problem: string | null } {
  try {
    return { body: JSON.parse(text) as unknown, problem: null };
  } catch (error) {
    return { body: undefined, problem: (error as Error).message };
  }
}
