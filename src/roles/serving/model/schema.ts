import type { ModelField, ModelLimits, ModelSchema } from '#contract/model-schema.ts';
import type { ModelSummary } from '#onnx/model-reader.ts';
import type { Session, TensorInfo } from '#ports/inference.ts';
import { outputRoles } from './decode.ts';
import type { MlModel } from './load.ts';

interface SignatureColumn {
  readonly name?: string;
  readonly type: string;
  readonly required?: boolean;
}

/**
 * The schema of a model that was logged from outside: columns of its MLflow signature where it has one, else the graph's inputs. Class labels come from
 * the graph itself.
 */
export function schemaFromGraph(
  session: Pick<Session, 'inputs' | 'outputs'>,
  mlmodel: MlModel | undefined,
  summary: ModelSummary,
): ModelSchema {
  const roles = outputRoles(session.outputs);
  const task = roles.label ? 'classification' : roles.value ? 'regression' : 'other';
  const fields = withoutGaps(signatureFields(mlmodel) ?? graphFields(session.inputs), session.inputs);
  return {
    task,
    target: targetName(mlmodel) ?? roles.label?.name ?? roles.value?.name ?? session.outputs[0]?.name ?? 'output',
    fields,
    ...(task === 'classification' && summary.classLabels ? { classes: [...summary.classLabels] } : {}),
  };
}

/** Name of the file with limits beside an MLmodel. */
export const LIMITS_FILE = 'trainyard_limits.json';

/** The schema with limits for the fields that it has. */
export function withLimits(schema: ModelSchema, { fields, rules = [] }: ModelLimits): ModelSchema {
  const known = new Map(fields.map((field) => [field.name, field]));
  const limited = schema.fields.map((field) => {
    const found = known.get(field.name);
    return found === undefined || kindOf(found) !== kindOf(field) ? field : { ...found, ...field };
  });
  const names = new Set(limited.map(({ name }) => name));
  const kept = rules.filter(({ left, right }) => names.has(left) && names.has(right));
  return { ...schema, fields: limited, ...(kept.length === 0 ? {} : { rules: kept }) };
}

/** Values of one kind can be compared with the limits of the other. */
export function kindOf({ type }: Pick<ModelField, 'type'>): 'string' | 'boolean' | 'number' {
  return type === 'string' || type === 'boolean' ? type : 'number';
}

const COLUMN_TYPES: Readonly<Record<string, ModelField['type']>> = {
  double: 'double',
  float: 'float',
  long: 'long',
  integer: 'integer',
  string: 'string',
  boolean: 'boolean',
};

/** Tensors of whole numbers and truth values have no word for a missing one, whatever the signature allows. */
function withoutGaps(fields: readonly ModelField[], inputs: readonly TensorInfo[]): ModelField[] {
  const hasGaps = ({ name }: ModelField): boolean => {
    const { type } = inputs.find((input) => input.name === name) ?? (inputs[0] as TensorInfo);
    return type === 'string' || type.startsWith('float') || type === 'bfloat16';
  };
  return fields.map((field) => (field.required || hasGaps(field) ? field : { ...field, required: true }));
}

/** Columns of the MLflow signature; undefined where it has none, or columns that are no single values. */
export function signatureFields(mlmodel: MlModel | undefined): ModelField[] | undefined {
  const columns = columnsOf(mlmodel?.signature?.inputs);
  if (!columns || columns.length === 0 || columns.some((c) => COLUMN_TYPES[c.type] === undefined)) return undefined;
  return columns.map((c, i) => ({
    name: c.name ?? `x${i}`,
    type: COLUMN_TYPES[c.type] as ModelField['type'],
    required: c.required ?? true,
  }));
}

/** What the signature calls the model's answer. */
export function targetName(mlmodel: MlModel | undefined): string | undefined {
  return columnsOf(mlmodel?.signature?.outputs)?.[0]?.name;
}

function columnsOf(text: string | null | undefined): SignatureColumn[] | undefined {
  if (!text) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? (parsed as SignatureColumn[]) : undefined;
  } catch {
    return undefined;
  }
}

/** One field per column: `x0, x1, …` for a matrix, the inputs' own names where each is a column. */
function graphFields(inputs: readonly TensorInfo[]): ModelField[] {
  const [only] = inputs;
  if (inputs.length === 1 && only?.shape.length === 2 && (only.shape[1] as number) > 1) {
    return Array.from({ length: only.shape[1] as number }, (_, i) => ({ name: `x${i}`, type: fieldType(only), required: true }));
  }
  return inputs.map((input) => ({ name: input.name, type: fieldType(input), required: true }));
}

function fieldType({ type }: TensorInfo): ModelField['type'] {
  if (type === 'string') return 'string';
  if (type === 'bool') return 'boolean';
  if (type === 'float64') return 'double';
  if (type === 'float32' || type === 'float16' || type === 'bfloat16') return 'float';
  return type === 'int64' || type === 'uint64' || type === 'uint32' ? 'long' : 'integer';
}
