import { sizeOf, type Tensor, type Tensors } from '#ports/inference.ts';
import type { Outcome } from '../model/decode.ts';
import type { LoadedModel } from '../model/load.ts';
import { toJson } from '../oip/json-data.ts';

interface Slice {
  readonly offset: number;
  readonly rows: number;
}

/** One value per row: the label or the number, or for other models all outputs by name. */
export function plainPredictions(outcomes: readonly Outcome[]): unknown[] {
  return outcomes.map(
    ({ prediction, outputs }) => outputs ?? (typeof prediction === 'number' && !Number.isFinite(prediction) ? null : prediction),
  );
}

/** As MLflow's ONNX flavor answers a table: one record per row with a value per output. Outputs wider than one stay lists, those of a ZipMap maps. */
export function recordPredictions(model: LoadedModel, outputs: Tensors, slice: Slice): Record<string, unknown>[] {
  const columns = model.session.outputs.map(
    ({ name }) => [model.mapped.get(name) ?? name, column(model, name, { tensor: outputs[name] as Tensor, slice })] as const,
  );
  return Array.from({ length: slice.rows }, (_, r) => Object.fromEntries(columns.map(([name, values]) => [name, values[r]])));
}

/** As MLflow's ONNX flavor answers tensors: nested lists by output. */
export function tensorPredictions(model: LoadedModel, outputs: Tensors, slice: Slice): Record<string, unknown> {
  return Object.fromEntries(
    model.session.outputs.map(({ name }) => {
      const tensor = outputs[name] as Tensor;
      if (model.mapped.has(name)) return [model.mapped.get(name), column(model, name, { tensor, slice })];
      return [name, rowsOf(tensor, slice)];
    }),
  );
}

function column(model: LoadedModel, name: string, { tensor, slice }: { tensor: Tensor; slice: Slice }): unknown[] {
  const { classes } = model.decoder;
  return rowsOf(tensor, slice).map((row) => {
    if (!Array.isArray(row)) return row;
    if (model.mapped.has(name) && classes.length === row.length) return Object.fromEntries(row.map((p, c) => [classes[c], p]));
    return row.length === 1 ? row[0] : row;
  });
}

/** The caller's rows of a tensor, each nested as its shape says. */
export function rowsOf({ type, dims, data }: Tensor, { offset, rows }: Slice): unknown[] {
  const inner = dims.slice(1);
  const size = sizeOf(inner);
  const from = offset * size;
  const to = from + rows * size;
  const part = Array.isArray(data) ? data.slice(from, to) : (data as Float32Array).subarray(from, to);
  const flat = JSON.parse(toJson({ type, dims: [rows, ...inner], data: part })) as unknown[];
  return nest(flat, [rows, ...inner]) as unknown[];
}

function nest(flat: readonly unknown[], dims: readonly number[]): unknown {
  if (dims.length <= 1) return dims.length === 0 ? flat[0] : flat;
  const [first, ...rest] = dims;
  const step = sizeOf(rest);
  return Array.from({ length: first as number }, (_, i) => nest(flat.slice(i * step, (i + 1) * step), rest));
}
