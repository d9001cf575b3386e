import css from './charts.module.css';

const WIDTH = 96;
const HEIGHT = 22;

/** The shape of a series in a table cell, from zero. Gaps stay gaps. */
export function Sparkline({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const top = Math.max(0, ...values.map((value) => value ?? 0)) || 1;
  const step = WIDTH / Math.max(1, values.length - 1);
  let path = '';
  values.forEach((value, i) => {
    if (value === null) return;
    const isStart = i === 0 || values[i - 1] === null;
    // A point between two gaps is drawn as a dot: a line of no length with round ends.
    const isAlone = isStart && values[i + 1] == null;
    path += `${isStart ? 'M' : 'L'}${(i * step).toFixed(1)} ${(HEIGHT - 1 - (value / top) * (HEIGHT - 3)).toFixed(1)}${isAlone ? 'h0.01' : ''}`;
  });
  return (
    <svg className={css.spark} width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
      <title>{label}</title>
      <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--line)" />
      {path !== '' && <path d={path} fill="none" stroke="var(--accent)" strokeWidth={1.4} strokeLinejoin="round" strokeLinecap="round" />}
    </svg>
  );
}
