import { useFirst } from '@/components/first-items.tsx';
import css from './charts.module.css';

const MOST_BARS = 20;

export interface Bar {
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
  readonly text: string;
}

/** Shares as horizontal bars, largest first; the first one stands out. */
export function Bars({ bars, label }: { bars: readonly Bar[]; label: string }) {
  const sorted = [...bars].sort((a, b) => b.share - a.share);
  const { shown, foot } = useFirst(sorted, MOST_BARS);
  return (
    <>
      <ul className={css.bars} aria-label={label}>
        {shown.map(({ name, share, text }, i) => (
          <li key={name} style={{ display: 'contents' }} data-weak={i > 0}>
            <span className="clip" title={name}>
              {name}
            </span>
            <span className={css.track} aria-hidden="true">
              <i style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }} />
            </span>
            <span className={css.num}>{text}</span>
          </li>
        ))}
      </ul>
      {foot}
    </>
  );
}
