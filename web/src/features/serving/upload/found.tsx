import { sizeText } from '@/components/artifacts/kinds.ts';
import { Facts } from '@/components/panel.tsx';
import { Status } from '@/components/status.tsx';
import type { Inspection } from '@/lib/api/uploads.ts';
import { millis, plural, value } from '@/lib/format.ts';
import { SchemaTable } from '../schema-table.tsx';
import css from './upload.module.css';

type Tensor = Inspection['inputs'][number];

/** What was found in a file, and what callers would notice of it. */
export function Found({ found }: { found: Inspection }) {
  return (
    <>
      <Facts items={factsOf(found)} />
      {found.example && <Example example={found.example} />}
      <Changes changes={found.changes} />
      <details className={css.schema}>
        <summary>
          Schema, {plural(found.schema.fields.length, 'field')}
          {found.signature === 'deployment' && ': the file has one matrix without names, the names are those of the live version'}
        </summary>
        <SchemaTable schema={found.schema} />
      </details>
    </>
  );
}

const MOST_OPERATORS = 4;
const MOST_TENSORS = 6;

function factsOf(found: Inspection): (readonly [string, React.ReactNode])[] {
  const { schema, operators } = found;
  const opsets = Object.entries(found.opsets).map(([domain, version]) => `${domain} ${version}`);
  const kinds = operators.slice(0, MOST_OPERATORS).map(({ name, count }) => (count === 1 ? name : `${count} × ${name}`));
  const more = operators.length > MOST_OPERATORS ? ` and ${plural(operators.length - MOST_OPERATORS, 'other kind')}` : '';
  return [
    ['File', `${found.file}, ${sizeText(found.bytes)}${found.producer === '' ? '' : `, by ${found.producer}`}`],
    ['Operators', `${kinds.join(', ')}${more} (${opsets.join(', ')})`],
    ['Inputs', <Tensors key="inputs" tensors={found.inputs} />],
    ['Outputs', <Tensors key="outputs" tensors={found.outputs} />],
    ['Answers', `${schema.task}, ${schema.target}${schema.classes ? `: ${schema.classes.slice(0, 8).join(', ')}` : ''}`],
    [
      'Speed',
      [
        found.row_ms === null ? 'one row was not run' : `one row in ${millis(found.row_ms)}`,
        found.batches ? 'rows run together' : 'each request runs alone',
        ...(found.isolated ? ['in a process of its own'] : []),
        ...(found.memory_bytes === null ? [] : [`${sizeText(found.memory_bytes)} of memory`]),
      ].join(', '),
    ],
  ];
}

function Tensors({ tensors }: { tensors: readonly Tensor[] }) {
  return (
    <ul className={css.tensors}>
      {tensors.slice(0, MOST_TENSORS).map(({ name, datatype, shape }) => (
        <li key={name}>
          <span className="mono">{name}</span>{' '}
          <span className="muted">
            {datatype} [{shape.map((size) => (size < 0 ? 'n' : size)).join(' × ')}]
          </span>
        </li>
      ))}
      {tensors.length > MOST_TENSORS && <li className="muted">and {tensors.length - MOST_TENSORS} more</li>}
    </ul>
  );
}

function Example({ example }: { example: NonNullable<Inspection['example']> }) {
  const { inputs, prediction, live_prediction, live_version } = example;
  const row = Object.entries(inputs).map(([name, v]) => `${name} ${value(v)}`);
  return (
    <p>
      <span className="muted clip" title={row.join(', ')}>
        A typical row ({row.slice(0, 4).join(', ')}
        {row.length > 4 ? ', …' : ''}):
      </span>{' '}
      it says <strong>{value(prediction)}</strong>
      {live_version !== null && (
        <>
          , version {live_version} says <strong>{value(live_prediction)}</strong>
        </>
      )}
      .
    </p>
  );
}

function Changes({ changes }: { changes: Inspection['changes'] }) {
  if (changes.length === 0) return null;
  return (
    <ul className={css.changes} aria-label="What callers would notice">
      {changes.map(({ level, message }) => (
        <li key={message}>
          <Status tone={level === 'breaks' ? 'warn' : 'info'}>{level === 'breaks' ? 'Breaks callers:' : 'Note:'}</Status> {message}
        </li>
      ))}
    </ul>
  );
}
