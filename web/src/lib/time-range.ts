import { dayAndTime } from './format.ts';

/** The presets of the time range; longer ones use wider buckets. */
export const PRESETS = {
  '15m': { label: 'Last 15 minutes', ms: 15 * 60_000 },
  '1h': { label: 'Last hour', ms: 3_600_000 },
  '6h': { label: 'Last 6 hours', ms: 6 * 3_600_000 },
  '24h': { label: 'Last 24 hours', ms: 24 * 3_600_000 },
  '7d': { label: 'Last 7 days', ms: 7 * 86_400_000 },
  '30d': { label: 'Last 30 days', ms: 30 * 86_400_000 },
} as const;

export type Preset = keyof typeof PRESETS;
export const DEFAULT_PRESET: Preset = '1h';

/** What the URL says of the range: a preset, or instants in RFC 3339. Without `to` the range ends now. */
export interface RangeSearch {
  readonly range?: Preset | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A range that is not pinned to instants yet: "the last hour" moves on while one looks. */
export interface TimeRange {
  /** The same for the same range: part of the key of every query. */
  readonly key: string;
  readonly label: string;
  /** Whether it ends now, so that updates make sense. */
  readonly isLive: boolean;
  /** The same range as the URL says it. */
  readonly search: RangeSearch;
  /** Milliseconds since the epoch. */
  readonly at: (nowMs: number) => Window;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

const isPreset = (text: unknown): text is Preset => typeof text === 'string' && text in PRESETS;
const instant = (text: unknown): string | undefined => (typeof text === 'string' && !Number.isNaN(Date.parse(text)) ? text : undefined);

/** Reads the range out of a URL; what is not understood is left out. */
export function rangeSearch(search: Record<string, unknown>): RangeSearch {
  const from = instant(search.from);
  if (from !== undefined) return { from, to: instant(search.to) };
  return isPreset(search.range) && search.range !== DEFAULT_PRESET ? { range: search.range } : {};
}

export function timeRange(search: RangeSearch): TimeRange {
  if (search.from !== undefined) return absolute(search.from, search.to);
  const preset = search.range ?? DEFAULT_PRESET;
  const { label, ms } = PRESETS[preset];
  return { key: preset, label, isLive: true, search: rangeSearch({ range: preset }), at: (nowMs) => ({ fromMs: nowMs - ms, toMs: nowMs }) };
}

function absolute(from: string, to: string | undefined): TimeRange {
  const fromMs = Date.parse(from);
  const toMs = to === undefined ? undefined : Date.parse(to);
  const label = toMs === undefined ? `Since ${dayAndTime(fromMs)}` : `${dayAndTime(fromMs)} – ${dayAndTime(toMs)}`;
  const at = (nowMs: number): Window => ({ fromMs, toMs: Math.max(toMs ?? nowMs, fromMs + 1000) });
  return { key: `${from}/${to ?? ''}`, label, isLive: toMs === undefined, search: { from, to }, at };
}

const STEPS = [
  1000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
];

/** Width of a bucket so that a chart has about `points` of them. */
export function bucketFor({ fromMs, toMs }: Window, points = 60): number {
  const wanted = (toMs - fromMs) / points;
  return STEPS.find((step) => step >= wanted) ?? 86_400_000;
}

export const isoTime = (ms: number): string => new Date(ms).toISOString();
