import type { DriftAnswer } from '#contract/http/platform/monitoring.ts';

/** What other roles may ask of monitoring. */
export interface MonitoringApi {
  /** Realised quality of the primary over the last `windowMs`: metric name → value; `n` labelled rows. */
  quality(deployment: string, windowMs: number): Promise<{ readonly n: number; readonly metrics: Readonly<Record<string, number>> }>;
  /** Drift of the primary's rows over the last `windowMs`, by PSI. */
  drift(deployment: string, windowMs: number): Promise<DriftAnswer>;
}
