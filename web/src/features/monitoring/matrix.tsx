import { count } from '@/lib/format.ts';
import css from './drift.module.css';

export interface Cell {
  readonly row: string;
  readonly column: string;
  readonly count: number;
}

interface MatrixProps {
  readonly cells: readonly Cell[];
  /** What rows and columns are, for the corner: "predicted ↓ actual →". */
  readonly corner: string;
  readonly label: string;
}

/** Beyond this many labels the numbers can no longer be read. */
const MOST = 12;

/** Counts by two labels; shade by share of the row, off the diagonal in amber. */
export function Matrix({ cells, corner, label }: MatrixProps) {
  const totals = new Map<string, number>();
  for (const cell of cells) for (const name of [cell.row, cell.column]) totals.set(name, (totals.get(name) ?? 0) + cell.count);
  const labels = [...totals]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST)
    .map(([name]) => name)
    .sort();
  const at = new Map(cells.map((cell) => [`${cell.row}\n${cell.column}`, cell.count]));
  return (
    <div style={{ overflowX: 'auto' }}>
      <table className={css.matrix} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {labels.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((row) => {
            const inRow = labels.map((column) => at.get(`${row}\n${column}`) ?? 0);
            const total = inRow.reduce((sum, n) => sum + n, 0);
            return (
              <tr key={row}>
                <th scope="row">{row}</th>
                {labels.map((column, i) => (
                  <td
                    key={column}
                    style={{ background: shade(inRow[i] ?? 0, total, row === column) }}
                    className={inRow[i] === 0 ? 'muted' : undefined}
                  >
                    {count(inRow[i])}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {totals.size > MOST && (
        <p className="muted">
          The {MOST} most frequent of {totals.size} labels.
        </p>
      )}
    </div>
  );
}

function shade(n: number, total: number, isDiagonal: boolean): string {
  if (n === 0) return 'var(--bg)';
  return `color-mix(in srgb, var(${isDiagonal ? '--accent' : '--warn'}) ${Math.round(10 + 40 * (n / total))}%, var(--panel))`;
}
