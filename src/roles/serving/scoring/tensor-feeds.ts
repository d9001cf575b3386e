import { sizeOf, type Tensor, type TensorInfo, type Tensors } from '#ports/inference.ts';
import { checkInputs } from '../oip/call.ts';
import { oipType } from '../oip/datatypes.ts';
import { fromJson } from '../oip/json-data.ts';
import { fail } from './errors.ts';
import type { ScoringData } from './scoring-data.ts';

/** Tensors of a request whose model has no columns; shapes follow from the nesting. @throws SCORING_DATA_INVALID, TENSOR_INVALID */
export function feedsOf(data: Exclude<ScoringData, { kind: 'frame' }>, inputs: readonly TensorInfo[], model: string): Tensors {
  const [only] = inputs;
  if (data.kind === 'tensor' && (inputs.length !== 1 || !only))
    throw fail.dataInvalid({
      reason: `The model has ${inputs.length} inputs: send 'inputs' as an object with ${inputs.map((i) => i.name).join(', ')}.`,
    });
  const given: readonly (readonly [string, unknown])[] =
    data.kind === 'tensor'
      ? [[(only as TensorInfo).name, data.data]]
      : Object.entries(data.data).filter(([name]) => inputs.some((i) => i.name === name));
  const declared = given.map(([name, value]) => {
    const info = inputs.find((i) => i.name === name) as TensorInfo;
    return { name, shape: shapeOf(value), datatype: oipType(info.type), value };
  });
  const infos = checkInputs(declared, inputs, model);
  return Object.fromEntries(
    declared.map(({ name, shape, value }, i): [string, Tensor] => {
      const { type } = infos[i] as TensorInfo;
      return [name, { type, dims: shape, data: fromJson(value, type, { name, size: sizeOf(shape), shape }) }];
    }),
  );
}

function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let at = value; Array.isArray(at) && shape.length < 32; at = at[0]) shape.push(at.length);
  return shape;
}
