import { parse as parseYaml } from 'yaml';
import { ModelSchema } from '#contract/model-schema.ts';
import { evaluate } from '#learners/metrics.ts';
import type { Prediction, Target } from '#learners/table.ts';
import type { Inference, Session, Tensor, TensorInfo } from '#ports/inference.ts';
import type { FileColumn } from '#ports/tables.ts';
import type { ArtifactsApi } from '../artifacts/api.ts';
import type { TestRows } from './fit/messages.ts';
import type { GateFigures } from './gate.ts';

const MAX_MODEL_BYTES = 2 ** 31;
const MAX_TEXT_BYTES = 8 * 2 ** 20;
/** Rows of one run of the engine: it blocks its thread, so runs are kept short. */
const ROWS_PER_RUN = 64;

export interface HolderDeps {
  readonly artifacts: ArtifactsApi;
  readonly inference: Inference;
}

/** A model as it is served. */
export interface ServedModel {
  readonly onnx: Uint8Array;
  /** Its fields in the order of the columns of a single input. */
  readonly names: readonly string[];
  /** Its labels in the order of the probabilities. */
  readonly classes: readonly string[];
}

/** Scores the test rows with a model through the engine that serves it. @throws Error with a sentence where it cannot answer them */
export async function servedFigures(inference: Inference, model: ServedModel, test: TestRows): Promise<GateFigures> {
  const session = await inference.load(model.onnx);
  try {
    return evaluate(test.target, await predict(session, { names: model.names, classes: model.classes, test }));
  } finally {
    await session.close();
  }
}

/** Scores the test rows with a registered version. Gives a sentence instead where that version cannot answer them. */
export async function holderFigures(deps: HolderDeps, uri: string, test: TestRows): Promise<{ figures: GateFigures } | { reason: string }> {
  try {
    return { figures: await servedFigures(deps.inference, await readHolder(deps.artifacts, uri, test), test) };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

async function readHolder(artifacts: ArtifactsApi, uri: string, test: TestRows): Promise<ServedModel> {
  const text = async (path: string): Promise<string | undefined> =>
    artifacts.read(uri, path, MAX_TEXT_BYTES).then(
      (bytes) => Buffer.from(bytes).toString('utf8'),
      () => undefined,
    );
  const mlmodel = parseYaml((await text('MLmodel')) ?? '{}') as {
    flavors?: { onnx?: { data?: string } };
    signature?: { inputs?: string | null };
  };
  const onnx = await artifacts.read(uri, mlmodel.flavors?.onnx?.data ?? 'model.onnx', MAX_MODEL_BYTES);
  const own = await text('trainyard.json');
  const schema = own === undefined ? undefined : ModelSchema.parse(JSON.parse(own));
  const signature = JSON.parse(mlmodel.signature?.inputs ?? '[]') as { name?: string }[];
  const names = schema?.fields.map(({ name }) => name) ?? signature.flatMap(({ name }) => name ?? []);
  const missing = names.filter((name) => !test.columns.some((column) => column.name === name));
  if (missing.length > 0) throw new Error(`it needs the column '${missing[0]}', which the data does not have`);
  const classes = schema?.classes?.map(String) ?? (test.target.kind === 'classification' ? test.target.classes.map(String) : []);
  return { onnx, names, classes };
}

interface Question {
  readonly names: readonly string[];
  readonly classes: readonly string[];
  readonly test: TestRows;
}

async function predict(session: Session, { names, classes, test }: Question): Promise<Prediction> {
  const { target } = test;
  const outputs = rolesOf(session.outputs);
  const values = new Float64Array(target.kind === 'regression' ? test.rows : 0);
  const codes = new Int32Array(target.kind === 'classification' ? test.rows : 0);
  const width = target.kind === 'classification' ? target.classes.length : 0;
  const probabilities = new Float64Array(test.rows * width).fill(Number.NaN);
  for (let start = 0; start < test.rows; start += ROWS_PER_RUN) {
    const rows = Math.min(ROWS_PER_RUN, test.rows - start);
    const answer = await session.run(feedsFor(session.inputs, { names, test, start, rows }));
    if (target.kind === 'regression') {
      const value = answer[outputs.value ?? ''];
      if (!value) throw new Error('it gives no single number');
      for (let i = 0; i < rows; i++) values[start + i] = Number(value.data[i]);
    } else readClasses(answer, { target, classes, outputs, codes, probabilities, start, rows });
  }
  return target.kind === 'regression' ? { kind: 'regression', values } : { kind: 'classification', codes, probabilities };
}

interface ClassReading {
  readonly target: Extract<Target, { kind: 'classification' }>;
  readonly classes: readonly string[];
  readonly outputs: ReturnType<typeof rolesOf>;
  readonly codes: Int32Array;
  readonly probabilities: Float64Array;
  readonly start: number;
  readonly rows: number;
}

/** Maps the version's labels and columns to the classes of the test rows, which may be others or in another order. */
function readClasses(answer: Readonly<Record<string, Tensor>>, reading: ClassReading): void {
  const { target, classes, outputs, codes, probabilities, start, rows } = reading;
  const label = answer[outputs.label ?? ''];
  if (!label) throw new Error('it gives no class label');
  const code = new Map(target.classes.map((name, i) => [String(name), i]));
  const width = target.classes.length;
  const scores = answer[outputs.scores ?? ''];
  const own = scores?.dims[1] ?? 0;
  for (let i = 0; i < rows; i++) {
    const at = code.get(String(label.data[i]));
    if (at === undefined) throw new Error(`it answers '${String(label.data[i])}', which is no class of the data`);
    codes[start + i] = at;
    if (!scores || own !== classes.length) continue;
    probabilities.fill(0, (start + i) * width, (start + i + 1) * width);
    for (let k = 0; k < own; k++) {
      const column = code.get(classes[k] ?? '');
      if (column !== undefined) probabilities[(start + i) * width + column] = Number(scores.data[i * own + k]);
    }
  }
}

function rolesOf(outputs: readonly TensorInfo[]): { label?: string; scores?: string; value?: string } {
  const label = outputs.find(({ type }) => type === 'int64' || type === 'int32' || type === 'string');
  const scores = outputs.find(({ type, shape }) => type === 'float32' && shape.length === 2 && shape[1] !== 1);
  const value = outputs.find(({ type }) => type === 'float32' || type === 'float64');
  return { ...(label ? { label: label.name } : {}), ...(scores ? { scores: scores.name } : {}), ...(value ? { value: value.name } : {}) };
}

interface Slice {
  readonly names: readonly string[];
  readonly test: TestRows;
  readonly start: number;
  readonly rows: number;
}

function feedsFor(inputs: readonly TensorInfo[], { names, test, start, rows }: Slice): Record<string, Tensor> {
  const columnOf = (name: string): FileColumn => {
    const column = test.columns.find((candidate) => candidate.name === name);
    if (!column) throw new Error(`it needs the column '${name}', which the data does not have`);
    return column;
  };
  const [only] = inputs;
  const [name] = names;
  // A matrix of one column: its name is the graph's, not the column's.
  if (inputs.length === 1 && only && names.length === 1 && name !== undefined)
    return { [only.name]: columnTensor(only, columnOf(name), { start, rows }) };
  if (inputs.length === 1 && only && (only.shape[1] ?? 1) !== 1 && only.type !== 'string') {
    if (names.length === 0 || (only.shape[1] !== -1 && only.shape[1] !== names.length)) throw new Error('its inputs have no names');
    const data = only.type === 'float64' ? new Float64Array(rows * names.length) : new Float32Array(rows * names.length);
    for (const [c, name] of names.entries()) {
      const column = columnOf(name);
      for (let i = 0; i < rows; i++) data[i * names.length + c] = numberAt(column, start + i);
    }
    return { [only.name]: { type: only.type, dims: [rows, names.length], data } };
  }
  return Object.fromEntries(inputs.map((input) => [input.name, columnTensor(input, columnOf(input.name), { start, rows })]));
}

function columnTensor(input: TensorInfo, column: FileColumn, { start, rows }: { start: number; rows: number }): Tensor {
  const dims = input.shape.length === 1 ? [rows] : [rows, 1];
  if (input.type === 'string') return { type: 'string', dims, data: Array.from({ length: rows }, (_, i) => textAt(column, start + i)) };
  const read = (_: unknown, i: number): number => numberAt(column, start + i);
  if (input.type === 'int64')
    return { type: 'int64', dims, data: BigInt64Array.from({ length: rows }, (_, i) => BigInt(Math.trunc(read(_, i)) || 0)) };
  const data = input.type === 'float64' ? Float64Array.from({ length: rows }, read) : Float32Array.from({ length: rows }, read);
  return { type: input.type, dims, data };
}

/** As training reads it: what does not fit into 32 bits is missing. */
function numberAt(column: FileColumn, row: number): number {
  if (column.kind === 'number') return Number.isFinite(Math.fround(column.values[row]!)) ? column.values[row]! : Number.NaN;
  const text = column.values[row]?.trim().toLowerCase();
  // A version that was trained when such codes were read as numbers knows them as numbers.
  if (column.padded !== undefined && text !== undefined) return text === '' ? Number.NaN : Number(text);
  return text === 'true' ? 1 : text === 'false' ? 0 : Number.NaN;
}

function textAt(column: FileColumn, row: number): string {
  const value = column.values[row];
  return value === null || value === undefined || Number.isNaN(value) ? '' : String(value);
}
