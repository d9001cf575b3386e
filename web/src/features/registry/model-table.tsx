import { Link } from '@tanstack/react-router';
import { Ago } from '@/components/ago.tsx';
import { ownTags, Tags } from '@/components/edit/tags.tsx';
import table from '@/components/table.module.css';
import type { RegisteredModel } from '@/lib/api/registry.ts';
import { AliasMark } from './alias-mark.tsx';
import css from './registry.module.css';

interface ModelTableProps {
  readonly models: readonly RegisteredModel[];
  /** Deployments that serve a model, by its name. */
  readonly liveIn: ReadonlyMap<string, readonly string[]>;
}

export function ModelTable({ models, liveIn }: ModelTableProps) {
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Newest</th>
            <th scope="col">Aliases</th>
            <th scope="col">Live in</th>
            <th scope="col">Changed</th>
            <th scope="col">Description and tags</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <Row key={model.name} model={model} liveIn={liveIn.get(model.name) ?? []} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const MOST_ALIASES = 4;

function Row({ model, liveIn }: { model: RegisteredModel; liveIn: readonly string[] }) {
  const { name, aliases = [], latest_versions = [], last_updated_timestamp, description, tags } = model;
  const newest = Math.max(0, ...latest_versions.map(({ version }) => Number(version)));
  return (
    <tr>
      <td>
        <Link className={css.name} to="/models/$name" params={{ name }}>
          {name}
        </Link>
      </td>
      <td>
        {newest === 0 ? (
          <span className="muted">no version</span>
        ) : (
          <Link className="under" to="/models/$name/$version" params={{ name, version: String(newest) }}>
            v{newest}
          </Link>
        )}
      </td>
      <td>
        {aliases.slice(0, MOST_ALIASES).map(({ alias, version }) => (
          <AliasMark key={alias} alias={alias} version={version} />
        ))}
        {aliases.length > MOST_ALIASES && <span className="muted">and {aliases.length - MOST_ALIASES} more</span>}
        {aliases.length === 0 && <span className="muted">–</span>}
      </td>
      <td>
        {liveIn.map((deployment) => (
          <Link key={deployment} className="link" to="/deployments/$name" params={{ name: deployment }} style={{ marginRight: 8 }}>
            {deployment}
          </Link>
        ))}
        {liveIn.length === 0 && <span className="muted">–</span>}
      </td>
      <td className="muted">
        <Ago time={Number(last_updated_timestamp)} />
      </td>
      <td className={table.grow}>
        <span className="row">
          {description && (
            <span className="clip" title={description}>
              {description}
            </span>
          )}
          <Tags tags={ownTags(tags).slice(0, 4)} />
        </span>
      </td>
    </tr>
  );
}
