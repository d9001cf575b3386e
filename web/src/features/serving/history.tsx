import { Ago } from '@/components/ago.tsx';
import { Empty } from '@/components/states.tsx';
import type { Change } from '@/lib/api/deployments.ts';
import css from './history.module.css';

/** What changed, who did it, and why. */
export function History({ changes }: { changes: readonly (Change & { readonly deployment?: string })[] }) {
  if (changes.length === 0) {
    return (
      <Empty title="Nothing has changed yet">
        <p>Promotions, rollbacks and new variants appear here with their reason.</p>
      </Empty>
    );
  }
  return (
    <ol className={css.history}>
      {changes.map((change) => (
        <li key={`${change.deployment}${change.at}${change.action}${change.to_version}`}>
          <div className="row">
            <strong>
              {change.deployment !== undefined && `${change.deployment}: `}
              {sentence(change)}
            </strong>
            <span className="muted end">
              <Ago time={change.at} />
            </span>
          </div>
          <p className="muted">
            {change.reason ? `“${change.reason}” ` : ''}by {change.by}
          </p>
        </li>
      ))}
    </ol>
  );
}

function sentence({ action, from_version: from, to_version: to }: Change): string {
  const words = action.replaceAll('_', ' ');
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  if (from !== null && to !== null && from !== to) return `${title}, version ${from} → ${to}`;
  return to === null ? title : `${title}, version ${to}`;
}
