import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Session, TensorInfo, Tensors } from '#ports/inference.ts';
import { type Decoder, decoderFor, silentDecoder } from './decode.ts';
import { type InputPlan, planInputs, type Row } from './plan.ts';
import { type TensorRows, tensorRows } from './tensor-rows.ts';
import { isSameRow, tryTensors } from './tensor-trial.ts';
import { wrapped } from './wrapped-session.ts';

/** What made-up rows told of a tabular model. */
export interface Trial {
  /** Outputs of one row; undefined where no made-up row is an input for this model. */
  readonly outputs: Tensors | undefined;
  /** Whether every output has one entry per row. */
  readonly isRowwise: boolean;
  /** Whether two rows that run together are answered as each alone. */
  readonly isInvariant: boolean;
  /** Whether rows run together that change each other's answers: then those of a request belong together. */
  readonly isMutual: boolean;
}

interface Tried {
  readonly session: Session;
  readonly plan: InputPlan;
  readonly schema: ModelSchema;
}

/**
 * Warms the session up and proves that rows of the schema's shape run. Exporters declare shapes that are not so, both ways: what runs together is
 * therefore found out by running it.
 * @param isForeign rows of models that were trained here are known to be independent
 * @throws what the engine throws on one row, unless the model has text columns whose values nobody told
 */
export async function tryRows({ session, plan, schema }: Tried, isForeign: boolean): Promise<Trial> {
  const [first, second] = [exampleRow(schema, 0), exampleRow(schema, 1)];
  const run = async (rows: readonly Row[]): Promise<Tensors> => session.run(plan.encode(rows));
  const alone = await run([first]).catch((error: unknown) => {
    const isGuess = schema.fields.some((f) => f.type === 'string' && f.example === undefined && !f.categories?.length);
    if (isGuess && error instanceof KnownError && /^(?:INFERENCE|PYTHON_INPUT)_/u.test(error.spec.code)) return undefined;
    throw error;
  });
  const isDeclared = session.outputs.every((o) => o.shape[0] === -1);
  if (alone === undefined || !isForeign) return { outputs: alone, isRowwise: true, isInvariant: isDeclared, isMutual: false };
  const isRowwise = Object.values(alone).every((t) => t.dims[0] === 1);
  const nothing = { outputs: alone, isRowwise, isInvariant: false, isMutual: false };
  if (!isRowwise || !session.inputs.every((i) => i.shape[0] === -1)) return nothing;
  return Promise.all([run([first, second]), run([second])]).then(
    ([together, other]) => {
      const isInvariant = isSameRow(together, 0, alone) && isSameRow(together, 1, other);
      return { ...nothing, isInvariant, isMutual: !isInvariant && Object.values(together).every((t) => t.dims[0] === 2) };
    },
    () => nothing,
  );
}

/** A session with the ways in and out that trial rows proved. */
export interface Proven {
  readonly session: Session;
  readonly plan: InputPlan | undefined;
  readonly tensors?: TensorRows;
  readonly decoder: Decoder;
  readonly batchable: boolean;
  readonly isMutual?: boolean;
}

/** The ways in and out of a session, as far as trial rows prove them: a model that cannot run never goes live. */
export async function proven(session: Session, schema: ModelSchema, isForeign: boolean): Promise<Proven> {
  // A number of rows that is fixed, and more than one, is no number of callers.
  const takesOne = session.inputs.every(({ shape: [rows = -1] }) => rows === -1 || rows === 1);
  const plan = takesOne ? planInputs(schema, session.inputs) : undefined;
  const trial = plan && (await tryRows({ session, plan, schema }, isForeign));
  if (trial === undefined || !trial.isRowwise) return provenTensors(session, schema);
  const batchable = trial.isInvariant && session.inputs.every((i) => i.shape[0] === -1);
  const { isMutual } = trial;
  const outputs = batchable || isMutual ? withOpenRows(session.outputs) : session.outputs;
  const decoder = decoderFor(schema, outputs, isForeign ? trial.outputs : undefined);
  if (trial.outputs) decoder.row(trial.outputs, 0);
  return { session: outputs === session.outputs ? session : redeclared(session, outputs), plan, decoder, batchable, isMutual };
}

/** A model without columns: rows where every entry of the first dimension is proved to be answered for itself, else whole requests. */
async function provenTensors(session: Session, schema: ModelSchema): Promise<Proven> {
  const alone = await tryTensors(session);
  const tensors = tensorRows(session, alone !== undefined);
  const decoder = decoderFor(schema, session.outputs, alone);
  const shown = alone === undefined || decoder.task === 'other' ? silentDecoder(decoder) : decoder;
  const outputs = alone === undefined ? session.outputs : withOpenRows(session.outputs);
  return { session: redeclared(session, outputs), plan: undefined, tensors, decoder: shown, batchable: alone !== undefined };
}

/** The same session with the shapes that its outputs have in truth. */
function redeclared(session: Session, outputs: readonly TensorInfo[]): Session {
  if (outputs.every((o, i) => o.shape[0] === session.outputs[i]?.shape[0])) return session;
  return wrapped(session, { outputs });
}

/** Shapes as they are where rows run together: exporters that count one row say 1 where any number comes. */
function withOpenRows(outputs: readonly TensorInfo[]): TensorInfo[] {
  return outputs.map((info) => ({ ...info, shape: [-1, ...info.shape.slice(1)] }));
}

/** A typical row (0), or one that differs from it (1). */
export function exampleRow({ fields }: ModelSchema, which: 0 | 1): Row {
  return fields.map((field) => (which === 0 ? exampleOf(field) : otherThan(field)));
}

function exampleOf({ type, example, categories, observed_min, min }: ModelField): number | string | boolean {
  return example ?? (type === 'string' ? (categories?.[0] ?? '') : (observed_min ?? min ?? 1));
}

function otherThan(field: ModelField): number | string | boolean {
  const value = exampleOf(field);
  if (typeof value === 'string') return field.categories?.[1] ?? value;
  if (typeof value === 'boolean') return !value;
  const next = field.type === 'boolean' ? 1 - value : value + 1;
  return field.max !== undefined && next > field.max ? value : next;
}
