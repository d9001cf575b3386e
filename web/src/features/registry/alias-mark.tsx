import css from './registry.module.css';

/** A name that points at a version. */
export function AliasMark({ alias, version }: { alias: string; version?: string | undefined }) {
  return (
    <span className={css.alias} title={version === undefined ? alias : `${alias} points at version ${version}`}>
      @{alias}
      {version !== undefined && <b>v{version}</b>}
    </span>
  );
}
