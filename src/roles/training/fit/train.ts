import type { LearnerChoice, TrainRequest } from '#contract/http/platform/training.ts';
import type { ModelSchema } from '#contract/model-schema.ts';
import { crossValidate } from '#learners/cross-validation.ts';
import { LearnerError } from '#learners/errors.ts';
import type { ParamValue } from '#learners/learner.ts';
import { evaluate, type Metrics } from '#learners/metrics.ts';
import { effectiveParams } from '#learners/params.ts';
import { type FittedPipeline, fitPipeline } from '#learners/pipeline.ts';
import { findLearner } from '#learners/registry.ts';
import type { ThreeWaySplit } from '#learners/split.ts';
import { type Prediction, type Table, type Target, takeRows, takeTarget, targetLength } from '#learners/table.ts';
import type { FileColumn, FileTable } from '#ports/tables.ts';
import { type Prepared, prepare } from '../data/prepare.ts';
import { referenceProfile } from '../data/profile.ts';
import { pickBest } from '../gate.ts';
import { divide } from './division.ts';
import { doubtsOf } from './doubts.ts';
import { modelFiles } from './files.ts';
import type { TestRows, Trained, TrainedModel } from './messages.ts';

const DEFAULT_SEED = 42;
const DEFAULT_LEARNER = 'boosting';
const MAX_HELD_BACK = 5000;
/** Test rows on which versions are compared outside of this process. They are in random order, so the first ones are a fair sample. */
const MAX_COMPARED = 10_000;

export interface TrainOptions {
  readonly request: TrainRequest;
  /** Where the rows come from, in words. */
  readonly source: string;
  /** `done` from 0 to 1. */
  readonly onProgress: (done: number, step: string) => void;
  /** Milliseconds of any clock. */
  readonly now: () => number;
}

interface Rows {
  readonly table: Table;
  readonly target: Target;
}

interface Parts {
  readonly train: Rows;
  readonly validation: Rows;
  readonly test: Rows;
}

/** Fits and measures every learner of the request on one common split. @throws TRAINING_DATA_REFUSED, LearnerError */
export function train(file: FileTable, options: TrainOptions): Trained {
  const { request, onProgress } = options;
  onProgress(0, 'reading the columns');
  const prepared = prepare(file, request);
  const choices = choicesOf(request, prepared.target);
  const seed = request.seed ?? DEFAULT_SEED;
  const { split, kept, folds, notes } = divide(prepared, request, { seed, isChoice: choices.length > 1 });
  const pick = (rows: Int32Array): Rows => ({ table: takeRows(prepared.table, rows), target: takeTarget(prepared.target, rows) });
  const parts: Parts = { train: pick(kept), validation: pick(split.validation), test: pick(split.test) };
  const wholeFields = wholeFieldsOf(file, prepared, request);
  const frameTypes = frameTypesOf(prepared.schema, wholeFields);
  const models: TrainedModel[] = [];
  const total = choices.reduce((sum, { learner }) => sum + weightOf(learner), 0);
  let before = 0;
  for (const choice of choices) {
    const weight = weightOf(choice.learner);
    const start = before;
    const tell = (share: number, step: string): void => onProgress(Math.min(1, (start + weight * share) / total), step);
    models.push(fitOne(choice, parts, { ...options, seed, folds, frameTypes, onProgress: tell }));
    before += weight;
  }
  const isRanked = parts.validation.table.rows > 0 || folds > 1;
  const figures = models.map((model) => ({ learner: model.learner, figures: rankingFigures(model, parts, folds) }));
  const best = pickBest(prepared.target.kind, isRanked ? figures : figures.slice(0, 1));
  return {
    schema: prepared.schema,
    wholeFields,
    warnings: [...prepared.warnings, ...notes, ...doubtsOf(models[Math.max(0, best)]!.metrics, parts)],
    rows: rowCounts(prepared, split, kept.length),
    seed,
    folds,
    models,
    best,
    test: testRows(file, prepared, split.test.slice(0, MAX_COMPARED)),
    heldBack: heldBackRows(file, prepared, split.test),
  };
}

/** A field said to be `double` holds whole numbers by chance only. */
function wholeFieldsOf(file: FileTable, { schema }: Prepared, request: TrainRequest): string[] {
  const said = new Set((request.fields ?? []).flatMap(({ name, type }) => (type === 'double' || type === 'float' ? name : [])));
  const whole = new Set(file.columns.flatMap((column) => (column.kind === 'number' && column.integer ? column.name : [])));
  return schema.fields.filter(({ name, required }) => required && whole.has(name) && !said.has(name)).map(({ name }) => name);
}

function frameTypesOf(schema: ModelSchema, wholeFields: readonly string[]): FrameTypes {
  const booleans = schema.fields.flatMap(({ name, type }) => (type === 'boolean' ? [[name, 'bool'] as const] : []));
  return Object.fromEntries([...wholeFields.map((name) => [name, 'int64'] as const), ...booleans]);
}

function rowCounts(prepared: Prepared, split: ThreeWaySplit, kept: number): Trained['rows'] {
  return {
    train: kept,
    validation: split.validation.length,
    test: split.test.length,
    outliers: split.train.length - kept,
    leftOut: prepared.rowsLeftOut,
  };
}

interface Choice {
  readonly learner: string;
  readonly params: Readonly<Record<string, ParamValue>>;
}

function choicesOf(request: TrainRequest, target: Target): Choice[] {
  const given: readonly LearnerChoice[] = typeof request.learner === 'string' ? [request.learner] : (request.learner ?? [DEFAULT_LEARNER]);
  const shared = given.length === 1 ? (request.params ?? {}) : {};
  const choices = given.map((choice): Choice => {
    if (typeof choice === 'string') return { learner: choice, params: shared };
    return { learner: choice.learner, params: { ...shared, ...choice.params } };
  });
  for (const { learner, params } of choices) checkChoice(learner, params, target);
  return choices;
}

/** A wrong name or parameter of the last learner should be told before the first one is fitted for a minute. */
function checkChoice(name: string, params: Choice['params'], target: Target): void {
  const learner = findLearner(name);
  effectiveParams(learner, params);
  if (!learner.tasks.includes(target.kind)) {
    throw new LearnerError(
      'TASK_UNSUPPORTED',
      `Learner '${name}' is for ${learner.tasks.join(' and ')}, but '${target.name}' asks for a ${target.kind}.`,
    );
  }
}

/** Very rough shares of the time, for the progress alone. */
function weightOf(learner: string): number {
  return { linear: 1, ridge: 1, logistic: 2, tree: 2, boosting: 8, forest: 40 }[learner] ?? 5;
}

type FrameTypes = Readonly<Record<string, 'int64' | 'bool'>>;

type FitContext = TrainOptions & { readonly seed: number; readonly folds: number; readonly frameTypes: FrameTypes };

function fitOne(choice: Choice, parts: Parts, context: FitContext): TrainedModel {
  const { request, seed, folds, onProgress, now } = context;
  const title = findLearner(choice.learner).title;
  const fit = { learner: choice.learner, params: choice.params, seed, ...(request.scale === undefined ? {} : { scale: request.scale }) };
  // All folds together fit folds − 1 times as many rows as the one fit.
  const own = folds > 1 ? 1 / folds : 1;
  const started = now();
  const pipeline = fitPipeline(parts.train.table, parts.train.target, {
    ...fit,
    onProgress: (done, total) => onProgress((done / total) * own, `fitting ${title}`),
  });
  const seconds = (now() - started) / 1000;
  const answers = { train: pipeline.predict(parts.train.table), test: pipeline.predict(parts.test.table) };
  const metrics = { ...measure(pipeline, parts, answers), training_time_seconds: seconds };
  if (folds > 1) {
    const onFold = (done: number, total: number): void =>
      onProgress(own + (1 - own) * (done / total), `cross-validating ${title}: fold ${done} of ${total}`);
    Object.assign(metrics, foldMetrics(crossValidate(parts.train.table, parts.train.target, { ...fit, folds, onProgress: onFold })));
  }
  return describe(pipeline, parts, { ...context, metrics, seconds, title, answers });
}

/** What the model says of the rows that are asked about more than once. */
interface Answers {
  readonly train: Prediction;
  readonly test: Prediction;
}

interface Measured extends FitContext {
  readonly answers: Answers;
  readonly metrics: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly title: string;
}

function describe(pipeline: FittedPipeline, parts: Parts, measured: Measured): TrainedModel {
  const { metrics, seconds, title, source, frameTypes, answers } = measured;
  return {
    learner: pipeline.learner,
    title,
    params: pipeline.params,
    onnx: pipeline.toOnnx(),
    frameOnnx: pipeline.toFrameOnnx(frameTypes),
    metrics: { ...metrics, ...pipeline.extra },
    testFigures: comparedFigures(parts.test.target, answers.test),
    importance: pipeline.importance,
    coefficients: pipeline.coefficients,
    seconds,
    profile: referenceProfile({ source, ...parts.train, prediction: answers.test }),
    files: modelFiles(pipeline, parts.test.target, answers.test),
  };
}

function comparedFigures(target: Target, answers: Prediction): Metrics {
  const rows = Math.min(targetLength(target), MAX_COMPARED);
  return evaluate(
    takeTarget(
      target,
      Int32Array.from({ length: rows }, (_, i) => i),
    ),
    firstAnswers(answers, rows),
  );
}

function firstAnswers(answers: Prediction, rows: number): Prediction {
  if (answers.kind === 'regression') return { ...answers, values: answers.values.subarray(0, rows) };
  const width = answers.probabilities.length / answers.codes.length;
  return { ...answers, codes: answers.codes.subarray(0, rows), probabilities: answers.probabilities.subarray(0, rows * width) };
}

function measure(pipeline: FittedPipeline, { train: fitted, validation, test }: Parts, answers: Answers): Record<string, number> {
  const named = (prefix: string, { target }: Rows, given: Prediction): Record<string, number> =>
    rename(evaluate(target, given), (name) => `${prefix}_${name}`);
  return {
    ...named('train', fitted, answers.train),
    ...(validation.table.rows === 0 ? {} : named('val', validation, pipeline.predict(validation.table))),
    ...named('test', test, answers.test),
  };
}

function foldMetrics({ mean, deviation }: ReturnType<typeof crossValidate>): Record<string, number> {
  return { ...rename(mean, (name) => `cv_mean_${name}`), ...rename(deviation, (name) => `cv_std_${name}`) };
}

/** System 002 calls R² `r2_score`. */
function rename(metrics: Metrics, name: (metric: string) => string): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([metric, value]) => [name(metric === 'r2' ? 'r2_score' : metric), value]));
}

/** Learners are ranked where none of them was fitted and the last word is not spoken: validation rows, else folds; where there are neither, one alone stands. */
function rankingFigures(model: TrainedModel, parts: Parts, folds: number): Record<string, number> {
  const prefix = parts.validation.table.rows > 0 ? 'val_' : folds > 1 ? 'cv_mean_' : 'test_';
  return Object.fromEntries(
    Object.entries(model.metrics).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
  );
}

function testRows(file: FileTable, prepared: Prepared, test: Int32Array): TestRows {
  const at = (column: FileColumn): FileColumn => {
    if (column.kind === 'number') return { ...column, values: Float64Array.from(test, (row) => column.values[prepared.fileRows[row]!]!) };
    return { ...column, values: Array.from(test, (row) => column.values[prepared.fileRows[row]!] ?? null) };
  };
  const columns = file.columns.filter(({ name }) => name !== prepared.target.name).map(at);
  return { rows: test.length, columns, target: takeTarget(prepared.target, test) };
}

function heldBackRows(file: FileTable, prepared: Prepared, test: Int32Array): string {
  const { target, schema } = prepared;
  const columns = schema.fields.map((field) => ({ field, column: file.columns.find(({ name }) => name === field.name)! }));
  const truth = (row: number): string | number =>
    target.kind === 'regression' ? target.values[row]! : target.classes[target.codes[row]!]!;
  const data = Array.from(test.subarray(0, MAX_HELD_BACK), (row) => [
    ...columns.map(({ field, column }) => cell(column.values[prepared.fileRows[row]!], field.type === 'boolean')),
    truth(row),
  ]);
  return JSON.stringify({ target: target.name, columns: [...columns.map(({ field }) => field.name), target.name], data });
}

function cell(value: string | number | null | undefined, boolean: boolean): string | number | boolean | null {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (value === null || value === undefined || value.trim() === '') return null;
  return boolean ? value.trim().toLowerCase() === 'true' : value;
}
