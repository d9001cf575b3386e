import { Link } from '@tanstack/react-router';
import { Status } from '@/components/status.tsx';
import type { RangeSearch } from '@/lib/time-range.ts';
import type { Concern } from './attention.ts';
import css from './overview.module.css';

const WORDS = { bad: 'Broken', warn: 'Look', info: 'Under way', none: 'Unknown', ok: 'Fine' } as const;

export function AttentionList({ concerns, range }: { concerns: readonly Concern[]; range: RangeSearch }) {
  if (concerns.length === 0) {
    return (
      <p className={css.calm}>
        <Status tone="ok">Nothing needs attention</Status>
      </p>
    );
  }
  return (
    <ul className={css.attention}>
      {concerns.map((concern) => (
        <li key={concern.id}>
          <span className={css.word}>
            <Status tone={concern.tone}>{WORDS[concern.tone]}</Status>
          </span>
          <span className={css.text}>{concern.text}</span>
          <Place concern={concern} range={range} />
        </li>
      ))}
    </ul>
  );
}

function Place({ concern, range }: { concern: Concern; range: RangeSearch }) {
  const { deployment } = concern;
  if (deployment === undefined) return null;
  if (concern.toErrors) {
    return (
      <Link className="link nowrap" to="/predictions" search={{ ...range, deployment, status: 'error' }}>
        See the rows
      </Link>
    );
  }
  return (
    <Link className="link nowrap" to="/deployments/$name" params={{ name: deployment }} search={range}>
      Open {deployment}
    </Link>
  );
}
