import { z } from 'zod';
import { VariantRole } from '../../events.ts';
import { QueryTime } from './time.ts';

/** Drift methods, all computed from counts over the reference's bins. */
export const DRIFT_METHODS = ['psi', 'jensen_shannon', 'hellinger', 'l_infinity', 'ks', 'chi_square'] as const;
export type DriftMethod = (typeof DRIFT_METHODS)[number];

const range = {
  deployment: z.string().min(1),
  from: QueryTime.optional().meta({ description: 'First moment: RFC 3339, or an age such as 24h' }),
  to: QueryTime.optional().meta({ description: 'Last moment, exclusive; now where absent' }),
};

/** GET /api/v1/monitors/{deployment}/drift */
export const DriftQuery = z.object({
  ...range,
  methods: z
    .string()
    .default('psi')
    .meta({ description: `Comma-separated: ${DRIFT_METHODS.join(', ')}` }),
  version: z.coerce.string().optional().meta({ description: 'Model version; the live one of the variant where absent' }),
  variant: VariantRole.default('primary').meta({ description: 'Whose rows' }),
});

/** One method's verdict on one column. */
export const DriftScore = z.object({
  /** null where it cannot be told: no rows. */
  value: z.number().nullable(),
  /** The configured one, or the value that noise alone may reach with so few rows, whichever is larger. */
  threshold: z.number(),
  drifted: z.boolean(),
  n_ref: z.int(),
  n_cur: z.int(),
  /** `exact` for what the method says of these bins; `binned` where finer bins could give a larger value, by at most `error`. */
  exactness: z.enum(['exact', 'binned']),
  error: z.number().optional(),
  /** `insufficient_data` below the smallest number of rows: never drifted. */
  state: z.enum(['ok', 'drifted', 'insufficient_data', 'no_data']),
});
export type DriftScore = z.infer<typeof DriftScore>;

/** What drawing and explaining a column needs beside its scores. */
export const DriftDetail = z.object({
  kind: z.enum(['number', 'category']),
  drifted: z.boolean(),
  /** Why it is flagged, in one sentence; null where it is not. */
  sentence: z.string().nullable(),
  constant_in_reference: z.boolean(),
  /** Bounds between bins of numbers; one less than counts. */
  edges: z.array(z.number()).optional(),
  /** Names of the bins of categories; the last bin of the counts holds all others. */
  categories: z.array(z.string()).optional(),
  reference: z.array(z.int()),
  current: z.array(z.int()),
  min: z.number().optional(),
  max: z.number().optional(),
  missing: z.object({ reference: z.number(), current: z.number(), n_cur: z.int(), flagged: z.boolean() }),
  out_of_range: z.object({ below: z.int(), above: z.int(), share: z.number() }),
  unseen: z.object({ count: z.int(), share: z.number(), values: z.record(z.string(), z.int()) }),
});
export type DriftDetail = z.infer<typeof DriftDetail>;

export const ReferenceInfo = z.object({
  id: z.string(),
  source: z.string(),
  kind: z.enum(['training', 'collected', 'chosen']),
  rows: z.int(),
  created_at: z.string(),
});

export const DriftAnswer = z.object({
  deployment: z.string(),
  /** null while the first rows of a version without a profile are collected. */
  reference: ReferenceInfo.nullable(),
  collecting: z.object({ rows: z.int(), needed: z.int() }).nullable(),
  window: z.object({
    from: z.string(),
    to: z.string(),
    rows: z.int(),
    model: z.string(),
    version: z.string().nullable(),
    variant: VariantRole,
    resolution_ms: z.int(),
  }),
  columns: z.record(z.string(), z.record(z.string(), DriftScore)),
  details: z.record(z.string(), DriftDetail),
  prediction: z.object({ scores: z.record(z.string(), DriftScore), detail: DriftDetail }).nullable(),
  /** Drifted features over all features, by the first method asked for. */
  share_drifted: z.number(),
  flagged: z.array(z.object({ column: z.string(), sentence: z.string() })),
});
export type DriftAnswer = z.infer<typeof DriftAnswer>;

/** GET /api/v1/monitors/{deployment}/drift/{column}: the first method's score per window. */
export const DriftHistoryQuery = z.object({
  ...range,
  column: z.string().min(1),
  by: z.enum(['minute', 'hour']).default('hour'),
  version: z.coerce.string().optional(),
});
export const DriftHistory = z.object({
  column: z.string(),
  points: z.array(z.object({ t: z.string(), rows: z.int(), psi: z.number().nullable(), missing: z.number() })),
});

/** GET /api/v1/monitors/{deployment}/quality */
export const QualityQuery = z.object({
  ...range,
  version: z.coerce.string().optional(),
  by: z.enum(['window']).optional().meta({ description: 'Adds the series over time' }),
});

/** Metric name → value; null where it is not defined (no rows, R² of a constant). `n` are the labelled rows. */
const Metrics = z.record(z.string(), z.number().nullable());

export const QualityAnswer = z.object({
  deployment: z.string(),
  window: z.object({ from: z.string(), to: z.string() }),
  task: z.enum(['classification', 'regression', 'other']),
  /** What plain `precision`, `recall` and `f1` mean: of the positive class, or the mean over classes. */
  average: z.string().nullable(),
  realised: Metrics,
  estimated: z.null(),
  coverage: z.object({ labelled: z.int(), predictions: z.int(), share: z.number().nullable() }),
  versions: z.array(z.object({ version: z.string(), role: VariantRole, metrics: Metrics })),
  confusion: z.array(z.object({ predicted: z.string(), actual: z.string(), count: z.int() })),
  classes: z.array(z.object({ label: z.string(), precision: z.number(), recall: z.number(), f1: z.number(), support: z.int() })),
  series: z.array(z.object({ t: z.string(), version: z.string(), role: VariantRole, metrics: Metrics })),
  bucket_ms: z.int().nullable(),
});
export type QualityAnswer = z.infer<typeof QualityAnswer>;

/** GET /api/v1/monitors/{deployment}/shadow */
export const ShadowQuery = z.object(range);

export const ShadowPair = z.object({
  primary_version: z.string(),
  shadow_version: z.string(),
  n: z.int(),
  agree: z.int(),
  agreement: z.number().nullable(),
  confusion: z.array(z.object({ primary: z.string(), shadow: z.string(), count: z.int() })),
  mean_abs_difference: z.number().nullable(),
  max_abs_difference: z.number().nullable(),
  latency: z.object({
    primary_p50_ms: z.number().nullable(),
    shadow_p50_ms: z.number().nullable(),
    primary_p95_ms: z.number().nullable(),
    shadow_p95_ms: z.number().nullable(),
  }),
  shadow_errors: z.int(),
  labelled: z.int(),
  /** Of the labelled pairs: accuracy or mean absolute error of both, shadow minus primary, and whether that may be chance. */
  error_gap: z
    .object({
      metric: z.enum(['accuracy', 'mae']),
      primary: z.number(),
      shadow: z.number(),
      difference: z.number(),
      test: z.string(),
      p_value: z.number().nullable(),
      significant: z.boolean().nullable(),
    })
    .nullable(),
  sentence: z.string(),
});
export const ShadowAnswer = z.object({
  deployment: z.string(),
  window: z.object({ from: z.string(), to: z.string() }),
  items: z.array(ShadowPair),
});

/** GET /api/v1/monitors */
export const MonitorsQuery = z.object({ from: range.from, to: range.to });
export const MonitorLine = z.object({
  deployment: z.string(),
  is_default: z.boolean(),
  model: z.string().nullable(),
  version: z.string().nullable(),
  state: z.string(),
  rows: z.int(),
  rate_per_s: z.number(),
  errors: z.int(),
  p95_ms: z.number().nullable(),
  quality: z.object({ metric: z.string(), value: z.number().nullable(), n: z.int() }).nullable(),
  drift: z.object({ max_psi: z.number().nullable(), column: z.string().nullable(), share_drifted: z.number(), n: z.int() }).nullable(),
  reference: z.string().nullable(),
  shadow: z.object({ version: z.string(), n: z.int(), agreement: z.number().nullable() }).nullable(),
});
export const MonitorsAnswer = z.object({
  items: z.array(MonitorLine),
  next_cursor: z.null(),
  window: z.object({ from: z.string(), to: z.string() }),
});

/** PUT /api/v1/monitors/{deployment}/reference with a JSON body: accepted predictions of a range, or the profile of a version. */
export const ReferenceRange = z.object({ from: QueryTime, to: QueryTime });
export const ReferenceVersion = z.object({ model: z.string().min(1), version: z.coerce.string().min(1) });
/** The version of the deployment's model that a run made. */
export const ReferenceRun = z.object({ run_id: z.string().min(1) });
export const DeploymentQuery = z.object({ deployment: z.string().min(1) });
export const ReferenceAnswer = z.object({
  deployment: z.string(),
  reference: ReferenceInfo.nullable(),
  collecting: z.object({ rows: z.int(), needed: z.int() }).nullable(),
  columns: z.array(z.string()),
  /** Predictions of the past that were counted over the new bins. */
  recounted: z.int().optional(),
});
