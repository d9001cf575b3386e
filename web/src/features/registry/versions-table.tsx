import { Checkbox } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Ago } from '@/components/ago.tsx';
import { ownTags, Tags } from '@/components/edit/tags.tsx';
import table from '@/components/table.module.css';
import type { ModelVersion } from '@/lib/api/registry.ts';
import { AliasMark } from './alias-mark.tsx';
import css from './registry.module.css';

interface VersionsTableProps {
  readonly versions: readonly ModelVersion[];
  readonly aliases: readonly { readonly alias: string; readonly version: string }[];
  /** Deployments that answer with a version, by version. */
  readonly liveIn: ReadonlyMap<string, readonly string[]>;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (versions: ReadonlySet<string>) => void;
}

export function VersionsTable({ versions, aliases, liveIn, selected, onSelect }: VersionsTableProps) {
  const hasStages = versions.some(({ current_stage }) => current_stage !== undefined && current_stage !== 'None');
  const toggle = (version: string) => {
    const next = new Set(selected);
    if (!next.delete(version)) next.add(version);
    onSelect(next);
  };
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">
              <span className="sr">Select</span>
            </th>
            <th scope="col">Version</th>
            <th scope="col">Aliases</th>
            {hasStages && <th scope="col">Stage</th>}
            <th scope="col">Live in</th>
            <th scope="col">Run</th>
            <th scope="col">Created</th>
            <th scope="col">Description and tags</th>
          </tr>
        </thead>
        <tbody>
          {versions.map(({ name, version, current_stage, run_id, creation_timestamp, description, tags }) => (
            <tr key={version} data-selected={selected.has(version)}>
              <td>
                <Checkbox
                  size="xs"
                  aria-label={`Select version ${version}`}
                  disabled={!run_id}
                  title={run_id ? undefined : 'It has no run to compare'}
                  checked={selected.has(version)}
                  onChange={() => toggle(version)}
                />
              </td>
              <td>
                <Link className={css.name} to="/models/$name/$version" params={{ name, version }}>
                  v{version}
                </Link>
              </td>
              <td>
                {aliases
                  .filter((alias) => alias.version === version)
                  .map(({ alias }) => (
                    <AliasMark key={alias} alias={alias} />
                  ))}
              </td>
              {hasStages && <td className="muted">{current_stage}</td>}
              <td>
                {(liveIn.get(version) ?? []).map((deployment) => (
                  <Link key={deployment} className="link" to="/deployments/$name" params={{ name: deployment }} style={{ marginRight: 8 }}>
                    {deployment}
                  </Link>
                ))}
              </td>
              <td>
                {run_id ? (
                  <Link className="under mono" to="/runs/$id" params={{ id: run_id }}>
                    {run_id.slice(0, 8)}
                  </Link>
                ) : (
                  <span className="muted">none</span>
                )}
              </td>
              <td className="muted">
                <Ago time={Number(creation_timestamp)} />
              </td>
              <td className={table.grow} title={description}>
                <span className="row">
                  {description && <span className="clip">{description}</span>}
                  <Tags tags={ownTags(tags).slice(0, 3)} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
