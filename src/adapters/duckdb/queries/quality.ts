import type { PredictionFilter, QualityCell } from '#ports/analytics.ts';
import { FEEDBACK_OF, type Row, type RunQuery, raw, sql, where } from './sql.ts';

type Cell = { -readonly [K in keyof QualityCell]: QualityCell[K] } & { confusion: QualityCell['confusion'][number][] };

/** Labelled predictions reduced by version, role and window. */
export async function quality(run: RunQuery, filter: PredictionFilter, windowMs?: number): Promise<QualityCell[]> {
  const width = String(Math.max(1, Math.round(windowMs ?? 1)));
  const t = raw(windowMs === undefined ? 'NULL::DOUBLE' : `(epoch_ms(p.time) // ${width} * ${width})::DOUBLE`);
  // A class label makes a row of the confusion matrix (e is null there), a number makes sums.
  const rows = await run(sql`
    SELECT p.model_version AS version, p.role, ${t} AS t, p.label AS predicted, CASE WHEN p.label IS NOT NULL THEN f.label END AS actual,
      count(*)::DOUBLE AS n, sum(p.value - f.value) AS e, sum(abs(p.value - f.value)) AS abs, sum((p.value - f.value) ** 2) AS sq,
      sum(f.value) AS y, sum(f.value ** 2) AS yy
    FROM predictions p JOIN feedback f ON ${raw(FEEDBACK_OF)}
    WHERE ${where(filter)} AND p.status = 'ok' AND (p.label IS NOT NULL OR (p.value IS NOT NULL AND f.value IS NOT NULL))
    GROUP BY ALL ORDER BY t NULLS FIRST, version, p.role, predicted, actual`);
  const cells = new Map<string, Cell>();
  for (const row of rows) add(cells, row);
  return [...cells.values()];
}

function add(cells: Map<string, Cell>, row: Row): void {
  const { version, role, t, n, predicted, actual, e, abs, sq, y, yy } = row as unknown as Record<
    'n' | 'e' | 'abs' | 'sq' | 'y' | 'yy',
    number
  > & {
    version: string;
    role: QualityCell['role'];
    t: number | null;
    predicted: string | null;
    actual: string;
  };
  const key = JSON.stringify([version, role, t]);
  let cell = cells.get(key);
  if (cell === undefined) {
    cell = { version, role, t, n: 0, confusion: [], sums: null };
    cells.set(key, cell);
  }
  cell.n += n;
  if (predicted === null) cell.sums = { e, abs, sq, y, yy };
  else cell.confusion.push({ predicted, actual, count: n });
}
