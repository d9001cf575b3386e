/** What other roles may ask of monitoring. */
export interface MonitoringApi {
  /** Realised quality of the primary over the last `windowMs`: metric name → value; `n` labelled rows. */
  quality(deployment: string, windowMs: number): Promise<{ readonly n: number; readonly metrics: Readonly<Record<string, number>> }>;
}
