import { Link } from '@tanstack/react-router';
import { Ago } from '@/components/ago.tsx';
import css from '@/components/side-list.module.css';
import type { Experiment } from '@/lib/api/mlflow.ts';

export function Experiments({ experiments, selected }: { experiments: readonly Experiment[]; selected: string | undefined }) {
  return (
    <ul className={css.list}>
      {experiments.map(({ experiment_id: id, name, last_update_time }) => (
        <li key={id}>
          <Link to="/experiments" search={{ experiment: id }} aria-current={id === selected ? 'true' : undefined} className={css.item}>
            <span className="clip">{name}</span>
            <span className={`muted ${css.when}`}>
              {last_update_time === undefined ? `#${id}` : <Ago time={Number(last_update_time)} />}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
