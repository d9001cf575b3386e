import { Button, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { CompatName } from '#contract/http/platform/deployments.ts';
import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import { Bars } from '@/components/charts/bars.tsx';
import { CopyId, Snippet } from '@/components/copy.tsx';
import { useFirst } from '@/components/first-items.tsx';
import { type Answer, type Inputs, predict } from '@/lib/api/deployments.ts';
import { percent, significant } from '@/lib/format.ts';
import { ApiError } from '@/lib/request.ts';
import { CallIt } from './call-it.tsx';
import { adviceOf, bodyFor, type Draft, defaultsOf, problemOf, toInputs } from './draft.ts';
import { JsonForm } from './json-form.tsx';
import { Refusal } from './refusal.tsx';
import css from './try-it.module.css';

interface TryItProps {
  readonly deployment: string;
  readonly schema: ModelSchema;
  /** Whether the model takes rows of named fields; others take only tensors. */
  readonly hasRows: boolean;
  /** Reference system as which it answers. */
  readonly compat: CompatName | undefined;
}

/** One request by hand: field by field, or as it goes over the wire. */
export function TryIt({ hasRows, ...of }: TryItProps) {
  const [isJson, setJson] = useState(!hasRows);
  return (
    <div className={css.tryIt}>
      {hasRows && (
        <SegmentedControl
          size="xs"
          data={['Form', 'JSON']}
          value={isJson ? 'JSON' : 'Form'}
          onChange={(next) => setJson(next === 'JSON')}
          aria-label="How to write the request"
        />
      )}
      {isJson ? <JsonForm hasRows={hasRows} {...of} /> : <FieldForm {...of} />}
    </div>
  );
}

const MOST_FIELDS = 60;

/** A form made from the model's schema: medians filled in, limits checked while typing. */
function FieldForm({ deployment, schema, compat }: Omit<TryItProps, 'hasRows'>) {
  const [draft, setDraft] = useState<Draft>(() => defaultsOf(schema));
  const call = useMutation({ mutationFn: (inputs: Inputs) => predict(deployment, bodyFor(compat, inputs)) });
  const isValid = schema.fields.every((field) => problemOf(field, draft[field.name]) === null);
  const inputs = toInputs(schema, draft);
  const { shown, foot } = useFirst(schema.fields, MOST_FIELDS);
  const refused = call.error instanceof ApiError ? call.error.fields : [];
  return (
    <>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isValid) call.mutate(inputs);
        }}
      >
        {shown.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={draft[field.name] ?? ''}
            refused={refused.find(({ field: name }) => name.endsWith(field.name))?.message}
            onChange={(value) => setDraft((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
        {foot && <div className={css.submit}>{foot}</div>}
        <div className={css.submit}>
          <Button type="submit" size="xs" loading={call.isPending} disabled={!isValid}>
            Predict
          </Button>
          <Button size="xs" variant="subtle" color="gray" onClick={() => setDraft(defaultsOf(schema))}>
            Reset to typical values
          </Button>
        </div>
      </form>
      <div aria-live="polite">
        {call.error && <Refusal error={call.error} />}
        {call.data && !call.error && <Result answer={call.data} schema={schema} />}
      </div>
      <CallIt call={{ path: `/deployments/${encodeURIComponent(deployment)}/predict`, body: bodyFor(compat, inputs) }} />
    </>
  );
}

interface FieldProps {
  readonly field: ModelField;
  readonly value: string;
  readonly refused: string | undefined;
  readonly onChange: (value: string) => void;
}

function Field({ field, value, refused, onChange }: FieldProps) {
  const common = {
    label: field.name,
    size: 'xs',
    error: refused ?? problemOf(field, value),
    withAsterisk: field.required,
    description: adviceOf(field, value),
  } as const;
  const options = field.enum?.map(String) ?? (field.type === 'boolean' ? ['true', 'false'] : undefined);
  if (options)
    return (
      <Select
        {...common}
        data={options}
        value={value === '' ? null : value}
        onChange={(next) => onChange(next ?? '')}
        clearable={!field.required}
      />
    );
  if (field.type === 'string') {
    const listId = `values-${field.name}`;
    return (
      <>
        <TextInput {...common} value={value} list={listId} onChange={(event) => onChange(event.currentTarget.value)} />
        <datalist id={listId}>
          {field.categories?.slice(0, 100).map((category) => (
            <option key={category} value={category} />
          ))}
        </datalist>
      </>
    );
  }
  const isWhole = field.type === 'integer' || field.type === 'long';
  return (
    <NumberInput
      {...common}
      value={value}
      onChange={(next) => onChange(String(next))}
      allowDecimal={!isWhole}
      step={stepOf(field)}
      hideControls={false}
    />
  );
}

/** A step that moves through the seen range in about fifty presses. */
function stepOf({ type, observed_min: low, observed_max: high }: ModelField): number {
  if (type === 'integer' || type === 'long' || low === undefined || high === undefined || high <= low) return 1;
  return 10 ** Math.round(Math.log10((high - low) / 50));
}

function Result({ answer, schema }: { answer: Answer; schema: ModelSchema }) {
  // A deployment that answers as a reference system does has other words.
  if (typeof answer.prediction_id !== 'string') {
    return (
      <div className={css.result}>
        <Snippet code={JSON.stringify(answer, null, 2)} what="answer" />
      </div>
    );
  }
  const { probabilities } = answer;
  const shown = answer.predicted_class ?? answer.prediction;
  return (
    <div className={css.result}>
      <div className="row wrap">
        <span className="muted">{schema.target}</span>
        <strong className={css.answer}>
          {typeof shown === 'number' ? significant(shown, 5) : shown} {schema.unit ?? ''}
        </strong>
        <span className="muted end">
          {answer.model_name} v{answer.model_version}
        </span>
      </div>
      {probabilities && (
        <Bars
          label="Probability by class"
          bars={Object.entries(probabilities).map(([name, share]) => ({ name, share, text: percent(share) }))}
        />
      )}
      <div className="row muted">
        <CopyId id={answer.prediction_id} what="prediction id" />
        <Link className="link end" to="/predictions" search={{ q: answer.prediction_id, id: answer.prediction_id }}>
          See its event
        </Link>
      </div>
    </div>
  );
}
