import type { Run } from '@/lib/api/mlflow.ts';
import { byImportance } from '@/lib/metric-text.ts';
import { orderedColor } from '@/lib/series.ts';
import type { Look } from '../charts/curves.ts';

/** One line of the comparison: a value per run, in the order of the runs; undefined where a run has none. */
export interface Compared {
  readonly id: string;
  readonly name: string;
  readonly values: readonly (string | number | undefined)[];
}

export const nameOf = ({ info }: Run): string => info.run_name || info.run_id.slice(0, 8);

/** Colours repeat after eight runs: then the lines are dashed. */
export const lookOf = (run: Run, i: number): Look => ({ name: nameOf(run), color: orderedColor(i), isDashed: i >= 8 && i % 16 >= 8 });

function collect(
  runs: readonly Run[],
  kind: string,
  pick: (run: Run) => readonly { readonly key: string; readonly value: string | number }[],
): Compared[] {
  const values = runs.map((run) => new Map(pick(run).map(({ key, value }) => [key, value])));
  const names = [...new Set(values.flatMap((own) => [...own.keys()]))];
  return names.map((name) => ({ id: `${kind}.${name}`, name, values: values.map((own) => own.get(name)) }));
}

export const paramsOf = (runs: readonly Run[]): Compared[] => collect(runs, 'params', ({ data }) => data.params ?? []);

export function metricsOf(runs: readonly Run[]): Compared[] {
  const metrics = collect(runs, 'metrics', ({ data }) => (data.metrics ?? []).map(({ key, value }) => ({ key, value: Number(value) })));
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  return byImportance([...byName.keys()]).flatMap((name) => byName.get(name) ?? []);
}

export const tagsOf = (runs: readonly Run[]): Compared[] =>
  collect(runs, 'tags', ({ data }) => data.tags ?? []).filter(({ name }) => name !== 'mlflow.runName');

export const differs = ({ values }: Compared): boolean => new Set(values.map(String)).size > 1;

/** One axis of a plot: places from 0 to 1, and what is written beside it. */
export interface Axis {
  readonly id: string;
  readonly name: string;
  readonly isMetric: boolean;
  /** Per run; undefined where it has no value. */
  readonly places: readonly (number | undefined)[];
  readonly ticks: readonly { readonly place: number; readonly label: string | number }[];
}

/** Numbers by size, on a logarithmic axis where they span more than two powers of ten; words in the order of the alphabet, evenly. */
export function axisOf({ id, name, values }: Compared): Axis {
  const isMetric = id.startsWith('metrics.');
  const numbers = values.map((value) => (value === undefined || value === '' ? undefined : Number(value)));
  const known = numbers.filter((value): value is number => value !== undefined && Number.isFinite(value));
  const areNumbers = known.length > 0 && numbers.every((value) => value === undefined || Number.isFinite(value) || isMetric);
  if (!areNumbers) {
    const words = [...new Set(values.filter((value) => value !== undefined).map(String))].sort();
    const placeOf = (word: string) => (words.length < 2 ? 0.5 : words.indexOf(word) / (words.length - 1));
    const places = values.map((value) => (value === undefined ? undefined : placeOf(String(value))));
    return { id, name, isMetric, places, ticks: words.slice(0, 12).map((word) => ({ place: placeOf(word), label: word })) };
  }
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const isLog = low > 0 && high / low > 100;
  const scale = (value: number) => (isLog ? Math.log(value) : value);
  const span = scale(high) - scale(low);
  const place = (value: number) => (span === 0 ? 0.5 : (scale(value) - scale(low)) / span);
  const places = numbers.map((value) => (value === undefined || !Number.isFinite(value) ? undefined : place(value)));
  if (span === 0) return { id, name, isMetric, places, ticks: [{ place: 0.5, label: low }] };
  const at = (share: number) => (isLog ? Math.exp(scale(low) + share * span) : low + share * span);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => ({ place: share, label: share === 0 ? low : share === 1 ? high : at(share) }));
  return { id, name, isMetric, places, ticks };
}

const MOST_AXES = 9;

/** The axes that tell runs apart: parameters first, figures last, as one reads from cause to effect. */
export function usualAxes(params: readonly Compared[], metrics: readonly Compared[]): string[] {
  const told = params.filter(differs).slice(0, 5);
  const figures = metrics.filter(({ name }) => !name.startsWith('system/')).filter(differs);
  return [...told, ...figures.slice(0, MOST_AXES - told.length)].map(({ id }) => id);
}
