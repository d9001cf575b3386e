import type { CompatName } from '#contract/http/platform/deployments.ts';
import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import type { Inputs } from '@/lib/api/deployments.ts';
import { significant } from '@/lib/format.ts';

/** What stands in the form's fields. */
export type Draft = Readonly<Record<string, string>>;

const NUMERIC = new Set(['double', 'float', 'long', 'integer']);

/** Typical values: training medians, most frequent categories, else a number that the limits allow. */
export function defaultsOf(schema: ModelSchema): Draft {
  return Object.fromEntries(schema.fields.map((field) => [field.name, typicalOf(field)]));
}

function typicalOf(field: ModelField): string {
  if (field.example !== undefined)
    return typeof field.example === 'number' ? String(Number(field.example.toPrecision(6))) : String(field.example);
  const first = field.enum?.[0] ?? field.categories?.[0];
  if (first !== undefined) return String(first);
  if (field.type === 'boolean') return 'false';
  if (!NUMERIC.has(field.type)) return '';
  const low = field.observed_min ?? field.min ?? field.exclusive_min;
  const high = field.observed_max ?? field.max ?? field.exclusive_max;
  const middle = low !== undefined && high !== undefined ? (low + high) / 2 : (low ?? high ?? 0);
  return String(field.type === 'integer' || field.type === 'long' ? Math.round(middle) : Number(middle.toPrecision(4)));
}

/** Why the server would refuse the value; null when it would not. */
export function problemOf(field: ModelField, text: string | undefined): string | null {
  if (text === undefined || text === '') return field.required ? 'A value is needed' : null;
  if (!NUMERIC.has(field.type)) return null;
  const number = Number(text);
  if (!Number.isFinite(number)) return 'Not a number';
  if ((field.type === 'integer' || field.type === 'long') && !Number.isInteger(number)) return 'A whole number is needed';
  if (field.min !== undefined && number < field.min) return `At least ${field.min}`;
  if (field.max !== undefined && number > field.max) return `At most ${field.max}`;
  if (field.exclusive_min !== undefined && number <= field.exclusive_min) return `More than ${field.exclusive_min}`;
  if (field.exclusive_max !== undefined && number >= field.exclusive_max) return `Less than ${field.exclusive_max}`;
  return null;
}

/** What the field means; once a value leaves the training rows, that instead, because the answer is then a guess. */
export function adviceOf(field: ModelField, text: string): string | undefined {
  const { observed_min: low, observed_max: high, categories } = field;
  const number = Number(text);
  if (low !== undefined && high !== undefined && text !== '' && (number < low || number > high))
    return `Outside of the training rows: ${rangeOf(field)}`;
  if (field.type === 'string' && categories && text !== '' && !categories.includes(text)) return 'Not seen in training';
  return field.description ?? rangeOf(field);
}

/** What values the model has seen, or may get. */
function rangeOf({ observed_min, observed_max, min, max, categories }: ModelField): string | undefined {
  if (observed_min !== undefined && observed_max !== undefined)
    return `${significant(observed_min, 4)} to ${significant(observed_max, 4)} in training`;
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  return categories === undefined ? undefined : `${categories.length} categories in training`;
}

/** The body of a request: numbers as numbers, fields left empty as missing. */
export function toInputs(schema: ModelSchema, draft: Draft): Inputs {
  return Object.fromEntries(schema.fields.map((field) => [field.name, inputOf(field, draft[field.name] ?? '')]));
}

/** Names of the Iris file of Kaggle, which system 000 takes. */
const IRIS_CM = ['SepalLengthCm', 'SepalWidthCm', 'PetalLengthCm', 'PetalWidthCm'];

/** The body that the plain API of a deployment takes: reference systems have forms of their own. */
export function bodyFor(compat: CompatName | undefined, inputs: Inputs): unknown {
  const values = Object.values(inputs);
  if (compat === 'iris-003') return { features: values };
  if (compat === 'iris-000' && values.length === IRIS_CM.length) return Object.fromEntries(IRIS_CM.map((name, i) => [name, values[i]]));
  return inputs;
}

function inputOf(field: ModelField, text: string): number | string | boolean | null {
  if (text === '') return null;
  if (NUMERIC.has(field.type)) return Number(text);
  if (field.type === 'boolean') return text === 'true';
  return field.enum?.find((allowed) => String(allowed) === text) ?? text;
}

/** An input or output of a model on the inference protocol; sizes of -1 may vary. */
export interface TensorShape {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** At most this many values are written out: larger tensors are no longer read by anybody. */
const MOST_VALUES = 1024;

/** A request of one row in tensors: typical values where the model has fields, else zeros. */
export function tensorBody(inputs: readonly TensorShape[], known: { schema: ModelSchema; typical: Draft } | undefined): unknown {
  const row = known ? toInputs(known.schema, known.typical) : {};
  const values = Object.values(row);
  return {
    inputs: inputs.map(({ name, datatype, shape }) => {
      const isMatrix = inputs.length === 1 && shape.length === 2 && values.length > 0 && (shape[1] === values.length || shape[1] === -1);
      const sizes = isMatrix ? [1, values.length] : shape.map((size) => (size < 0 ? 1 : size));
      const count = Math.min(
        MOST_VALUES,
        sizes.reduce((product, size) => product * size, 1),
      );
      const data = isMatrix ? values : Array.from({ length: count }, () => row[name] ?? zeroOf(datatype));
      return { name, datatype, shape: sizes, data };
    }),
  };
}

const zeroOf = (datatype: string): number | string | boolean => (datatype === 'BYTES' ? '' : datatype === 'BOOL' ? false : 0);
