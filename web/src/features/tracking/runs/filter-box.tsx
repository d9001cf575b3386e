import { ActionIcon, Popover, TextInput, UnstyledButton } from '@mantine/core';
import IconFilter from '@tabler/icons-react/dist/esm/icons/IconFilter.mjs';
import IconHelp from '@tabler/icons-react/dist/esm/icons/IconHelp.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import { useEffect, useState } from 'react';
import { problemOf } from './filter-problem.ts';
import css from './runs.module.css';

interface FilterBoxProps {
  readonly filter: string | undefined;
  readonly onChange: (filter: string | undefined) => void;
  /** Names that examples can use. */
  readonly metric: string | undefined;
  readonly param: string | undefined;
}

/** MLflow's search grammar. A mistake is shown in its place while one types; Enter searches. */
export function FilterBox({ filter, onChange, metric = 'accuracy', param = 'max_depth' }: FilterBoxProps) {
  const [text, setText] = useState(filter ?? '');
  useEffect(() => setText(filter ?? ''), [filter]);
  const problem = problemOf(text);
  const apply = (next: string) => {
    setText(next);
    if (problemOf(next) === undefined) onChange(next.trim() || undefined);
  };
  return (
    <form
      className={css.filter}
      onSubmit={(event) => {
        event.preventDefault();
        apply(text);
      }}
    >
      <TextInput
        size="xs"
        leftSection={<IconFilter size={14} />}
        classNames={{ input: css.mono ?? '' }}
        placeholder={`metrics.${metric} > 0.9 and params.${param} = '…'`}
        aria-label="Filter of the runs, in MLflow's grammar"
        aria-describedby="filter-problem"
        aria-invalid={problem !== undefined}
        error={problem !== undefined}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => apply(text)}
        rightSectionWidth={text === '' ? 28 : 52}
        rightSection={
          <span className="row" style={{ gap: 0 }}>
            {text !== '' && (
              <ActionIcon variant="subtle" color="gray" size={24} onClick={() => apply('')} aria-label="Clear the filter">
                <IconX size={14} />
              </ActionIcon>
            )}
            <Help examples={examplesOf(metric, param)} use={apply} />
          </span>
        }
      />
      {problem && (
        <div className={css.problem} id="filter-problem" role="status">
          <code>
            {text.slice(0, problem.at)}
            <mark>{text.slice(problem.at, wordEnd(text, problem.at)) || ' '}</mark>
            {text.slice(wordEnd(text, problem.at))}
          </code>
          <span>{problem.message}</span>
        </div>
      )}
    </form>
  );
}

/** The end of what stands at a place: the rest of its word, or one character. */
function wordEnd(text: string, at: number): number {
  const word = /^[\w.$`'"-]+/u.exec(text.slice(at))?.[0];
  return at + (word?.length ?? 1);
}

const examplesOf = (metric: string, param: string) =>
  [
    [`metrics.\`${metric}\` > 0.8`, 'a metric'],
    [`params.\`${param}\` != ''`, 'a parameter: always text'],
    ["attributes.status = 'FAILED'", 'how it ended'],
    ["attributes.run_name ILIKE '%forest%'", 'part of a name, any case'],
    ["tags.`mlflow.user` IN ('ada', 'grace')", 'one of several'],
    ["datasets.name LIKE 'train%'", 'a data set'],
    [`(metrics.\`${metric}\` > 0.8 OR attributes.status = 'RUNNING') AND tags.stage IS NULL`, 'both, either, missing'],
  ] as const;

function Help({ examples, use }: { examples: ReturnType<typeof examplesOf>; use: (filter: string) => void }) {
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" width={520}>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" size={24} onClick={() => setOpened(!opened)} aria-label="What can be asked">
          <IconHelp size={15} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <p className="muted">
          metrics, params, tags, attributes and datasets, joined by AND, OR and parentheses. Click an example to use it.
        </p>
        <ul className={css.examples}>
          {examples.map(([code, words]) => (
            <li key={code}>
              <UnstyledButton
                onClick={() => {
                  use(code);
                  setOpened(false);
                }}
              >
                <code>{code}</code> <span className="muted">{words}</span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}
