import { TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Ago } from '@/components/ago.tsx';
import { CopyId } from '@/components/copy.tsx';
import { ownTags, TagEditor } from '@/components/edit/tags.tsx';
import { Facts, Panel } from '@/components/panel.tsx';
import table from '@/components/table.module.css';
import type { DatasetInput, Run } from '@/lib/api/mlflow.ts';
import { deleteRunTag, setRunTag } from '@/lib/api/tracking.ts';
import { count, significant, took } from '@/lib/format.ts';
import { byImportance } from '@/lib/metric-text.ts';
import { RunStatus } from '../run-status.tsx';
import css from './run.module.css';

export const tagOf = (run: Run, key: string): string | undefined => run.data.tags?.find((tag) => tag.key === key)?.value;

/** Who, when, from what. */
export function RunFacts({ run, more }: { run: Run; more: readonly (readonly [string, ReactNode])[] }) {
  const { info } = run;
  const started = Number(info.start_time);
  const ended = info.end_time === undefined ? undefined : Number(info.end_time);
  const commit = tagOf(run, 'mlflow.source.git.commit');
  const parent = tagOf(run, 'mlflow.parentRunId');
  const facts: (readonly [string, ReactNode])[] = [
    ['State', <RunStatus key="s" status={info.status} />],
    ['Started', <Ago key="t" time={started} />],
    ['Took', ended === undefined ? 'still running' : took(Math.max(0, ended - started))],
    ['User', tagOf(run, 'mlflow.user') || info.user_id || <span className="muted">not told</span>],
    ['Source', tagOf(run, 'mlflow.source.name') ?? <span className="muted">not told</span>],
    ...(commit === undefined ? [] : [['Git commit', <CopyId key="g" id={commit} what="commit" length={10} />] as const]),
    ...(parent === undefined
      ? []
      : [
          [
            'Parent run',
            <Link key="p" className="link" to="/runs/$id" params={{ id: parent }}>
              {parent.slice(0, 8)}
            </Link>,
          ] as const,
        ]),
    ...more,
    ['Run id', <CopyId key="i" id={info.run_id} what="run id" length={32} />],
    ['Artifacts', <CopyId key="a" id={info.artifact_uri} what="artifact address" length={40} />],
  ];
  return <Facts items={facts} />;
}

/** Last values with their step; metrics of the machine come last. */
export function MetricsPanel({ run }: { run: Run }) {
  const metrics = new Map((run.data.metrics ?? []).map((metric) => [metric.key, metric]));
  const names = byImportance([...metrics.keys()]).sort((a, b) => Number(a.startsWith('system/')) - Number(b.startsWith('system/')));
  return (
    <Listing title="Metrics" what="metric" names={names} head={['Name', 'Last value', 'Step']} numeric={2}>
      {(name) => {
        const metric = metrics.get(name);
        return (
          <tr key={name}>
            <td className={table.grow} title={name}>
              {name}
            </td>
            <td className={table.num} title={String(metric?.value)}>
              {numberText(metric?.value)}
            </td>
            <td className={`${table.num} muted`}>{count(Number(metric?.step ?? 0))}</td>
          </tr>
        );
      }}
    </Listing>
  );
}

/** MLflow writes NaN and infinities as words. */
export function numberText(value: number | string | undefined): string {
  if (value === undefined) return '–';
  const number = Number(value);
  return Number.isNaN(number) ? 'not a number' : significant(number, 6);
}

export function ParamsPanel({ run }: { run: Run }) {
  const params = new Map((run.data.params ?? []).map(({ key, value }) => [key, value]));
  return (
    <Listing title="Parameters" what="parameter" names={[...params.keys()]} head={['Name', 'Value']}>
      {(name) => (
        <tr key={name}>
          <td className={css.key} title={name}>
            {name}
          </td>
          <td className={table.grow} title={params.get(name)}>
            {params.get(name) === '' ? <span className="muted">empty</span> : params.get(name)}
          </td>
        </tr>
      )}
    </Listing>
  );
}

interface ListingProps {
  readonly title: string;
  readonly what: string;
  readonly names: readonly string[];
  readonly head: readonly string[];
  /** How many columns after the first hold numbers. */
  readonly numeric?: number;
  readonly children: (name: string) => ReactNode;
}

const WITHOUT_SEARCH = 12;
const MOST_LISTED = 500;

export function Listing({ title, what, names, head, numeric = 0, children }: ListingProps) {
  const [find, setFind] = useState('');
  const found = names.filter((name) => name.toLowerCase().includes(find.toLowerCase()));
  const search = names.length > WITHOUT_SEARCH && (
    <TextInput
      size="xs"
      w={170}
      placeholder="Find"
      aria-label={`Find a ${what}`}
      value={find}
      onChange={(event) => setFind(event.currentTarget.value)}
    />
  );
  return (
    <Panel title={title} note={count(names.length)} flush actions={search || undefined}>
      {names.length === 0 ? (
        <p className={css.none}>No {what}s were logged.</p>
      ) : (
        <div className={css.listing}>
          <table className={table.table}>
            <thead>
              <tr>
                {head.map((name, i) => (
                  <th scope="col" key={name} className={i > 0 && i <= numeric ? table.num : undefined}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{found.slice(0, MOST_LISTED).map(children)}</tbody>
          </table>
          {found.length > MOST_LISTED && <p className={css.none}>{count(found.length - MOST_LISTED)} more: find them by name.</p>}
        </div>
      )}
    </Panel>
  );
}

export function TagsPanel({ run }: { run: Run }) {
  const { run_id } = run.info;
  const tags = run.data.tags ?? [];
  const clients = tags.filter(({ key }) => key.startsWith('mlflow.') && key !== 'mlflow.log-model.history');
  return (
    <Panel title="Tags">
      <TagEditor tags={ownTags(tags)} set={(tag) => setRunTag(run_id, tag)} remove={(key) => deleteRunTag(run_id, key)} />
      {clients.length > 0 && (
        <details className={css.details}>
          <summary>{clients.length} tags of the client</summary>
          <Facts items={clients.map(({ key, value }) => [key.slice('mlflow.'.length), value] as const)} />
        </details>
      )}
    </Panel>
  );
}

/** What training noted about the data and the model; nothing for runs of other programs. */
export function NotesPanel({ run }: { run: Run }) {
  const notes = (tagOf(run, 'trainyard.warnings') ?? '').split('\n').filter((note) => note !== '');
  if (notes.length === 0) return null;
  return (
    <Panel title="Noted in training" note={count(notes.length)}>
      {notes.map((note) => (
        <p key={note} className={css.note}>
          {note}
        </p>
      ))}
    </Panel>
  );
}

export function DatasetsPanel({ run }: { run: Run }) {
  const inputs = run.inputs?.dataset_inputs ?? [];
  return (
    <Panel title="Data sets" note={inputs.length > 0 ? count(inputs.length) : undefined}>
      {inputs.length === 0 && <span className="muted">None were logged: mlflow.log_input() tells what a run was trained on.</span>}
      {inputs.map((input) => (
        <DatasetView key={`${input.dataset.name}${input.dataset.digest}`} input={input} />
      ))}
    </Panel>
  );
}

function DatasetView({ input: { dataset, tags = [] } }: { input: DatasetInput }) {
  const context = tags.find(({ key }) => key === 'mlflow.data.context')?.value;
  const rows = factsOf(dataset.profile)['num_rows'];
  return (
    <div className={css.dataset}>
      <div className="row wrap">
        <strong>{dataset.name}</strong>
        {context && <span className="muted">{context}</span>}
        <CopyId id={dataset.digest} what="data hash" />
        {typeof rows === 'number' && <span className="muted">{count(rows)} rows</span>}
      </div>
      {dataset.source && (
        <p className="muted clip" title={dataset.source}>
          {dataset.source_type}: {String(factsOf(dataset.source)['uri'] ?? dataset.source)}
        </p>
      )}
    </div>
  );
}

function factsOf(json: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
