import { Link } from '@tanstack/react-router';
import { Ago } from '@/components/ago.tsx';
import { CopyId } from '@/components/copy.tsx';
import css from '@/components/side-list.module.css';
import { Status } from '@/components/status.tsx';
import table from '@/components/table.module.css';
import type { ModelVersion, RegisteredModel } from '@/lib/api/mlflow.ts';
import tags from './models.module.css';

export function Models({ models, selected }: { models: readonly RegisteredModel[]; selected: string | undefined }) {
  return (
    <ul className={css.list}>
      {models.map(({ name, last_updated_timestamp }) => (
        <li key={name}>
          <Link to="/models" search={{ model: name }} aria-current={name === selected ? 'true' : undefined} className={css.item}>
            <span className="clip">{name}</span>
            <span className={`muted ${css.when}`}>
              {last_updated_timestamp !== undefined && <Ago time={Number(last_updated_timestamp)} />}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

interface VersionsProps {
  readonly versions: readonly ModelVersion[];
  readonly aliases: RegisteredModel['aliases'];
  /** Deployments that answer with a version, by version. */
  readonly liveIn: ReadonlyMap<string, readonly string[]>;
}

export function Versions({ versions, aliases = [], liveIn }: VersionsProps) {
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Aliases</th>
            <th scope="col">Stage</th>
            <th scope="col">Live in</th>
            <th scope="col">State</th>
            <th scope="col">Run</th>
            <th scope="col">Created</th>
            <th scope="col">Description</th>
          </tr>
        </thead>
        <tbody>
          {versions.map(({ version, current_stage, status, run_id, creation_timestamp, description, aliases: own }) => {
            const names = own ?? aliases.filter((alias) => alias.version === version).map(({ alias }) => alias);
            return (
              <tr key={version}>
                <td>v{version}</td>
                <td>
                  {names.length === 0 ? (
                    <span className="muted">–</span>
                  ) : (
                    names.map((name) => (
                      <code key={name} className={tags.tag}>
                        {name}
                      </code>
                    ))
                  )}
                </td>
                <td className="muted">{current_stage ?? 'None'}</td>
                <td>
                  {(liveIn.get(version) ?? []).map((name) => (
                    <Link key={name} className="link" to="/deployments/$name" params={{ name }} style={{ marginRight: 8 }}>
                      {name}
                    </Link>
                  ))}
                </td>
                <td>
                  <Status tone={status === undefined || status === 'READY' ? 'ok' : 'warn'}>
                    {(status ?? 'READY').toLowerCase().replaceAll('_', ' ')}
                  </Status>
                </td>
                <td>{run_id ? <CopyId id={run_id} what="run id" length={8} /> : <span className="muted">none</span>}</td>
                <td>
                  <Ago time={Number(creation_timestamp)} />
                </td>
                <td className={`${table.grow} muted`} title={description}>
                  {description}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
