import { Ago } from '@/components/ago.tsx';
import { Empty } from '@/components/states.tsx';
import { AliasMark } from './alias-mark.tsx';
import css from './registry.module.css';

export interface Move {
  readonly alias: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly at: number;
  readonly by: string;
  readonly reason: string;
}

/** Who moved what when, newest first. */
export function Moves({ moves }: { moves: readonly Move[] }) {
  if (moves.length === 0) return <Empty title="No alias was moved yet" />;
  return (
    <ol className={css.moves}>
      {moves.map((move, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a history only grows at its head, and one moment may hold two moves
        <li key={`${move.at}${i}`}>
          <div className="row">
            <AliasMark alias={move.alias} />
            <span>{sentence(move)}</span>
            <span className="muted end">
              <Ago time={move.at} />
            </span>
          </div>
          <p className="muted">
            {move.reason ? `“${move.reason}” ` : ''}by {move.by || 'somebody unknown'}
          </p>
        </li>
      ))}
    </ol>
  );
}

function sentence({ from, to }: Move): string {
  if (from === null) return `set to version ${to}`;
  return to === null ? `removed from version ${from}` : `version ${from} → ${to}`;
}
