import { z } from 'zod';
import { ModelSchema } from '../../model-schema.ts';
import { DeploymentAnswer } from './deployments.ts';

const file = z
  .string()
  .max(255)
  .default('model.onnx')
  .meta({ description: 'What the file is called, for whoever looks at the version later' });

/** POST /api/v1/deployments/{name}/inspect; the body is the ONNX file. */
export const InspectQuery = z.object({ name: z.string(), file });

/** POST /api/v1/deployments/{name}/versions; the body is the ONNX file. */
export const UploadQuery = InspectQuery.extend({
  as: z.enum(['primary', 'shadow', 'version']).default('version').meta({
    description: 'Answer with it at once, let it answer beside the primary and compare, or only register it',
  }),
  reason: z.string().max(2000).optional().meta({ description: 'Why, for the history' }),
  sample: z.coerce.number().min(0).max(1).optional().meta({ description: 'For a shadow: share of the requests that it sees' }),
  accept_changes: z
    .stringbool()
    .default(false)
    .meta({ description: 'Deploy it although callers would notice (see `changes` of the inspection)' }),
});
export type UploadQuery = z.infer<typeof UploadQuery>;

const Tensor = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) });

const Values = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]));

/** How a new version differs from what callers know. */
export const InterfaceChange = z.object({
  /** `breaks`: a request that is answered now would be refused, or its answer means something else. */
  level: z.enum(['breaks', 'note']),
  message: z.string(),
});
export type InterfaceChange = z.infer<typeof InterfaceChange>;

/** What was found in a file, by reading and by running it. */
export const InspectionAnswer = z.object({
  file: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  producer: z.string(),
  ir_version: z.int(),
  /** Versions of the operator sets by domain. */
  opsets: z.record(z.string(), z.int()),
  /** How many nodes of each kind, most frequent first. */
  operators: z.array(z.object({ name: z.string(), count: z.int() })),
  inputs: z.array(Tensor),
  outputs: z.array(Tensor),
  /** What callers would send and get. */
  schema: ModelSchema,
  /** Where the names of the fields come from: the file, or the version that is live (an ONNX file often has one nameless matrix). */
  signature: z.enum(['file', 'deployment']),
  /** Rows that run together are answered as each alone. */
  batches: z.boolean(),
  /** It runs in a process of its own, since it would hold others up. */
  isolated: z.boolean(),
  memory_bytes: z.number().nullable(),
  /** Median of a few runs of one row; null where nothing is known of what a row looks like. */
  row_ms: z.number().nullable(),
  /** The same typical row, answered by the file and by the live version. */
  example: z
    .object({
      inputs: Values,
      prediction: z.union([z.number(), z.string(), z.null()]),
      live_prediction: z.union([z.number(), z.string(), z.null()]),
      live_version: z.string().nullable(),
    })
    .nullable(),
  changes: z.array(InterfaceChange),
  /** The registered model that it would be a version of. */
  model_name: z.string(),
});
export type InspectionAnswer = z.infer<typeof InspectionAnswer>;

/** The version that was made, and the deployment as it is now; null where there is none of that name. */
export const UploadAnswer = z.object({
  model_name: z.string(),
  version: z.string(),
  run_id: z.string(),
  as: z.enum(['primary', 'shadow', 'version']),
  inspection: InspectionAnswer,
  deployment: DeploymentAnswer.nullable(),
});
export type UploadAnswer = z.infer<typeof UploadAnswer>;
