import type { z } from 'zod';
import type { DriftAnswer, MonitorLine as MonitorLineSchema, QualityAnswer, ShadowAnswer } from '#contract/http/platform/monitoring.ts';
import { get } from '../request.ts';
import { isoTime, type Window } from '../time-range.ts';

export type Drift = DriftAnswer;
export type DriftDetail = Drift['details'][string];
export type DriftScore = Drift['columns'][string][string];
export type Quality = QualityAnswer;
export type ShadowPair = z.infer<typeof ShadowAnswer>['items'][number];
/** One deployment's monitor in a line. */
export type MonitorLine = z.infer<typeof MonitorLineSchema>;

const query = ({ fromMs, toMs }: Window) => ({ from: isoTime(fromMs), to: isoTime(toMs) });
const MONITORS = '/api/v1/monitors';
const at = (deployment: string): string => `${MONITORS}/${encodeURIComponent(deployment)}`;

export const listMonitors = async (window: Window, signal?: AbortSignal): Promise<readonly MonitorLine[]> =>
  (await get<{ items: readonly MonitorLine[] }>(MONITORS, query(window), signal)).items;

export const getDrift = (deployment: string, window: Window, signal?: AbortSignal): Promise<Drift> =>
  get(`${at(deployment)}/drift`, query(window), signal);

/** With the series over time. */
export const getQuality = (deployment: string, window: Window, signal?: AbortSignal): Promise<Quality> =>
  get(`${at(deployment)}/quality`, { ...query(window), by: 'window' }, signal);

export const listShadowPairs = async (deployment: string, window: Window, signal?: AbortSignal): Promise<readonly ShadowPair[]> =>
  (await get<{ items: readonly ShadowPair[] }>(`${at(deployment)}/shadow`, query(window), signal)).items;
