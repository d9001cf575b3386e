import { z } from 'zod';

/** One input column of a model as callers see it. */
export const ModelField = z.object({
  name: z.string(),
  /** MLflow's column types. `double`, `float`, `long`, `integer` take numbers, `string` text, `boolean` true or false. */
  type: z.enum(['double', 'float', 'long', 'integer', 'string', 'boolean']),
  required: z.boolean().default(true),
  /** Other names under which callers may send the field. */
  aliases: z.array(z.string()).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  exclusive_min: z.number().optional(),
  exclusive_max: z.number().optional(),
  /** Allowed values; others are refused. Not set for categories where unseen values are scored (and counted). */
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  /** Categories seen in training, most frequent first. */
  categories: z.array(z.string()).optional(),
  /** Training median (numbers) or most frequent value (text): the default of the try-it form. */
  example: z.union([z.number(), z.string(), z.boolean()]).optional(),
  /** Smallest and largest value in the training rows. Told to people, counted by monitoring, not enforced. */
  observed_min: z.number().optional(),
  observed_max: z.number().optional(),
  description: z.string().optional(),
});
export type ModelField = z.infer<typeof ModelField>;

/** A rule over two fields, such as AveBedrms ≤ AveRooms. */
export const CrossFieldRule = z.object({
  left: z.string(),
  op: z.enum(['<', '<=', '>', '>=', '==', '!=']),
  right: z.string(),
  message: z.string().optional(),
});
export type CrossFieldRule = z.infer<typeof CrossFieldRule>;

/**
 * What a model takes and gives. Stored with the version as `trainyard.json` beside its MLmodel; for models logged from outside
 * derived from the MLflow signature and the ONNX graph.
 */
export const ModelSchema = z.object({
  task: z.enum(['classification', 'regression', 'other']),
  /** Name of what is predicted. */
  target: z.string(),
  fields: z.array(ModelField),
  /** Class labels in the order of the probabilities' columns; absent for regression. */
  classes: z.array(z.union([z.string(), z.number()])).optional(),
  rules: z.array(CrossFieldRule).optional(),
  /** Columns of the training data that the model does not use: rows may hold them, as a line of that data does. */
  ignored: z.array(z.string()).optional(),
  unit: z.string().optional(),
});
export type ModelSchema = z.infer<typeof ModelSchema>;

/**
 * What callers are told and held to beyond the types of a model's columns: `trainyard_limits.json` beside an MLmodel, for models that were not trained here.
 * Fields that the model does not have, or has with another kind of value, are passed over.
 */
export const ModelLimits = z.object({
  fields: z.array(
    ModelField.pick({ name: true, type: true }).extend(
      ModelField.pick({
        aliases: true,
        min: true,
        max: true,
        exclusive_min: true,
        exclusive_max: true,
        enum: true,
        example: true,
        description: true,
      }).shape,
    ),
  ),
  rules: z.array(CrossFieldRule).optional(),
});
export type ModelLimits = z.infer<typeof ModelLimits>;

/** Frozen bins of one input column or of the prediction, counted over the training rows. */
export const ReferenceColumn = z.object({
  name: z.string(),
  kind: z.enum(['number', 'category']),
  rows: z.int(),
  missing: z.int(),
  /** number: k − 1 inner edges of k bins, ascending; bin i holds edges[i−1] ≤ v < edges[i]. Quantile bins, ties merged. */
  edges: z.array(z.number()).optional(),
  /** category: values with a bin of their own; all others share a last bin. */
  categories: z.array(z.string()).optional(),
  /** Rows per bin: edges + 1, or categories + 1. */
  counts: z.array(z.int()),
  min: z.number().optional(),
  max: z.number().optional(),
  mean: z.number().optional(),
  std: z.number().optional(),
  median: z.number().optional(),
});
export type ReferenceColumn = z.infer<typeof ReferenceColumn>;

/** The training rows as monitoring remembers them: `reference_profile.json` beside the model. */
export const ReferenceProfile = z.object({
  version: z.literal(1),
  source: z.string(),
  rows: z.int(),
  columns: z.array(ReferenceColumn),
  /** The model's own predictions on the reference rows (label shares or binned values). */
  prediction: ReferenceColumn.optional(),
  target: ReferenceColumn.optional(),
});
export type ReferenceProfile = z.infer<typeof ReferenceProfile>;
