import { ApiError } from '@/lib/request.ts';
import css from './try-it.module.css';

export function Refusal({ error }: { error: Error }) {
  return (
    <div className={css.result} role="alert">
      <strong>Not predicted</strong>
      <span>{error.message}</span>
      {error instanceof ApiError && <span className="muted mono">{error.code}</span>}
    </div>
  );
}
