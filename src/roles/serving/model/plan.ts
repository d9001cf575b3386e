import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import type { Tensor, TensorInfo, TensorType } from '#ports/inference.ts';

/** A checked row: one value per field, in the schema's order. Missing is NaN in number fields and '' in text fields. */
export type Row = readonly (number | string | boolean)[];

/** How rows become the model's input tensors. */
export interface InputPlan {
  /** `matrix`: one 2-d tensor with a column per field; `columns`: one tensor per field. */
  readonly kind: 'matrix' | 'columns';
  encode(rows: readonly Row[]): Record<string, Tensor>;
}

/**
 * Finds out how fields map to inputs, or undefined when the model is not tabular: its tensors can then only be sent as tensors.
 * @param inputs the graph's inputs
 */
export function planInputs(schema: Pick<ModelSchema, 'fields'>, inputs: readonly TensorInfo[]): InputPlan | undefined {
  const { fields } = schema;
  const [only] = inputs;
  if (
    inputs.length === 1 &&
    only &&
    only.shape.length === 2 &&
    (only.shape[1] === fields.length || only.shape[1] === -1) &&
    isNumeric(only.type)
  )
    return matrixPlan(only, fields.length);
  const byName = new Map(inputs.map((input) => [input.name, input]));
  const tabular = inputs.length === fields.length && fields.every((f) => isColumn(byName.get(f.name)));
  return tabular ? columnsPlan(fields, byName as Map<string, TensorInfo>) : undefined;
}

function isColumn(input: TensorInfo | undefined): boolean {
  if (!input || input.type === 'float16' || input.type === 'bfloat16') return false;
  return input.shape.length === 1 || (input.shape.length === 2 && (input.shape[1] === 1 || input.shape[1] === -1));
}

function matrixPlan(input: TensorInfo, width: number): InputPlan {
  const { name, type } = input;
  const fill = filler(type);
  return {
    kind: 'matrix',
    encode: (rows) => {
      const data = fill.make(rows.length * width);
      let at = 0;
      for (let r = 0; r < rows.length; r++) {
        const row = rows[r] as Row;
        for (let c = 0; c < width; c++) fill.set(data, at++, row[c] as number);
      }
      return { [name]: { type, dims: [rows.length, width], data: data as Float32Array } };
    },
  };
}

function columnsPlan(fields: readonly ModelField[], inputs: ReadonlyMap<string, TensorInfo>): InputPlan {
  const columns = fields.map((field, index) => {
    const info = inputs.get(field.name) as TensorInfo;
    return { index, info, fill: filler(info.type), flat: info.shape.length === 1 };
  });
  return {
    kind: 'columns',
    encode: (rows) => {
      const feeds: Record<string, Tensor> = {};
      for (const { index, info, fill, flat } of columns) {
        const data = fill.make(rows.length);
        for (let r = 0; r < rows.length; r++) fill.set(data, r, (rows[r] as Row)[index] as number);
        feeds[info.name] = { type: info.type, dims: flat ? [rows.length] : [rows.length, 1], data: data as Float32Array };
      }
      return feeds;
    },
  };
}

type Values = { [index: number]: unknown };

interface Filler {
  make(length: number): Values;
  set(data: Values, at: number, value: number | string | boolean): void;
}

const number = (value: number | string | boolean): number => (typeof value === 'number' ? value : Number(value));

function filler(type: TensorType): Filler {
  const plain = (make: (length: number) => Values): Filler => ({
    make,
    set: (data, at, value) => {
      data[at] = number(value);
    },
  });
  switch (type) {
    case 'float32':
      return plain((n) => new Float32Array(n));
    case 'float64':
      return plain((n) => new Float64Array(n));
    case 'int8':
      return plain((n) => new Int8Array(n));
    case 'int16':
      return plain((n) => new Int16Array(n));
    case 'int32':
      return plain((n) => new Int32Array(n));
    case 'uint8':
    case 'bool':
      return plain((n) => new Uint8Array(n));
    case 'uint16':
      return plain((n) => new Uint16Array(n));
    case 'uint32':
      return plain((n) => new Uint32Array(n));
    case 'int64':
    case 'uint64':
      return {
        make: (n) => (type === 'int64' ? new BigInt64Array(n) : new BigUint64Array(n)),
        set: (data, at, value) => {
          data[at] = BigInt(Math.trunc(number(value)));
        },
      };
    default:
      return {
        make: (n) => new Array<string>(n),
        set: (data, at, value) => {
          data[at] = String(value);
        },
      };
  }
}

/** Whether values of the type are numbers that a matrix of features may hold. */
export function isNumeric(type: TensorType): boolean {
  return type !== 'string' && type !== 'float16' && type !== 'bfloat16' && type !== 'bool';
}
