import { z } from 'zod';
import { defineRole } from '../define-role.ts';
import { monitoringStore } from './stores.ts';

const config = z.object({
  psi_threshold: z
    .number()
    .positive()
    .default(0.1)
    .describe('Population stability index from which a column has drifted; 0.1 is moderate, 0.25 large'),
  distance_threshold: z
    .number()
    .positive()
    .default(0.1)
    .describe('Jensen–Shannon, Hellinger and similar distances from which a column has drifted'),
  missing_threshold: z.number().min(0).max(1).default(0.02).describe('Growth of the share of missing values that is pointed out'),
  min_rows: z.int().min(1).default(100).describe('Rows below which a window is never called drifted'),
  reference_rows: z
    .int()
    .min(100)
    .max(100_000)
    .default(2000)
    .describe('Accepted rows that make a reference for versions without a training profile'),
  recount_rows: z.int().min(0).max(1_000_000).default(50_000).describe('Newest predictions that are counted again over a new reference'),
  drift_window_ms: z.int().min(60_000).default(86_400_000).describe('Range of drift where none is given'),
  quality_window_ms: z
    .int()
    .min(60_000)
    .default(604_800_000)
    .describe('Range of realised quality where none is given, and of the quality gauges'),
  refresh_ms: z.int().min(1000).default(15_000).describe('How often gauges of quality and drift are brought up to date'),
  minute_days: z.number().min(0.1).default(3).describe('Days that windows of a minute are kept'),
  hour_days: z.number().min(1).default(400).describe('Days that windows of an hour are kept'),
  max_upload_bytes: z
    .int()
    .min(1024)
    .default(256 * 1024 * 1024)
    .describe('Largest CSV that may become a reference'),
});
export type MonitoringConfig = z.infer<typeof config>;

export default defineRole({
  name: 'monitoring',
  summary: 'Watches deployments: drift against a reference, realised quality, production against shadow.',
  config,
  needs: ['database', 'tables'],
  stores: [monitoringStore],
  peers: ['events', 'serving', 'registry', 'artifacts'],
  prefixes: ['/api/v1/monitors'],
  load: () => import('./start.ts'),
});
