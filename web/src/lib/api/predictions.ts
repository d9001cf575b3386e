import type { z } from 'zod';
import type { VariantRole } from '#contract/events.ts';
import type {
  PredictionDetail,
  PredictionGroups,
  PredictionItem,
  PredictionSeries,
  PredictionSummary,
} from '#contract/http/platform/events.ts';
import { get } from '../request.ts';
import { bucketFor, isoTime, type Window } from '../time-range.ts';

/** Which predictions, beside the time range; the same words in the URL of a page and of the API. */
export interface PredictionFilter {
  readonly deployment?: string | undefined;
  readonly variant?: VariantRole | undefined;
  readonly version?: string | undefined;
  readonly status?: 'ok' | 'error' | undefined;
  readonly label?: string | undefined;
  readonly q?: string | undefined;
}

export type Prediction = z.infer<typeof PredictionItem>;
export type PredictionEvent = z.infer<typeof PredictionDetail>;
export type Figures = z.infer<typeof PredictionSummary>;
export type GroupBy = z.infer<typeof PredictionGroups>['by'];
export type Group = z.infer<typeof PredictionGroups>['items'][number];

type WirePoint = z.infer<typeof PredictionSeries>['points'][number];
/** A bucket of a series; `t` is its start in milliseconds. */
export type SeriesPoint = Omit<WirePoint, 't'> & { readonly t: number };

export interface Series {
  readonly bucketMs: number;
  readonly points: readonly SeriesPoint[];
}

export interface PredictionPage {
  readonly items: readonly Prediction[];
  readonly next_cursor: string | null;
}

const PREDICTIONS = '/api/v1/predictions';
const query = (filter: PredictionFilter, { fromMs, toMs }: Window) => ({ ...filter, from: isoTime(fromMs), to: isoTime(toMs) });

interface Page {
  readonly window: Window;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export const listPredictions = (filter: PredictionFilter, { window, cursor, limit }: Page, signal?: AbortSignal): Promise<PredictionPage> =>
  get(PREDICTIONS, { ...query(filter, window), cursor, limit }, signal);

export const getPrediction = (id: string, signal?: AbortSignal): Promise<PredictionEvent> =>
  get(`${PREDICTIONS}/${encodeURIComponent(id)}`, {}, signal);

export const countPredictions = async (filter: PredictionFilter, window: Window, signal?: AbortSignal): Promise<number> =>
  (await get<{ count: number }>(`${PREDICTIONS}/count`, query(filter, window), signal)).count;

export const summarise = (filter: PredictionFilter, window: Window, signal?: AbortSignal): Promise<Figures> =>
  get(`${PREDICTIONS}/summary`, query(filter, window), signal);

export const groupPredictions = async (
  filter: PredictionFilter,
  { by, window }: { readonly by: GroupBy; readonly window: Window },
  signal?: AbortSignal,
): Promise<readonly Group[]> =>
  (await get<{ items: readonly Group[] }>(`${PREDICTIONS}/groups`, { ...query(filter, window), by }, signal)).items;

interface SeriesQuery {
  readonly by?: GroupBy;
  readonly window: Window;
}

export async function predictionSeries(filter: PredictionFilter, { by, window }: SeriesQuery, signal?: AbortSignal): Promise<Series> {
  const bucket = `${bucketFor(window) / 1000}s`;
  const wire = await get<z.infer<typeof PredictionSeries>>(`${PREDICTIONS}/series`, { ...query(filter, window), by, bucket }, signal);
  return { bucketMs: wire.bucket_ms, points: wire.points.map((point) => ({ ...point, t: Date.parse(point.t) })) };
}
