import type { Bfloat16Casts, CastTensor } from '#onnx/bfloat16-casts.ts';
import type { Session, Tensor, TensorInfo, Tensors } from '#ports/inference.ts';
import { wrapped } from './wrapped-session.ts';

/** A session of a model that was rewritten to take and give float32, as the model that it was: bfloat16 under the names that callers know. */
export function asBfloat16(session: Session, { inputs, outputs }: Pick<Bfloat16Casts, 'inputs' | 'outputs'>): Session {
  if (inputs.length + outputs.length === 0) return session;
  const back = new Map(outputs.map(({ from, to }) => [to, from]));
  const given = (tensors: Tensors): Tensors =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => {
        const from = back.get(name);
        return from === undefined ? [name, tensor] : [from, narrowed(tensor)];
      }),
    );
  return wrapped(session, {
    inputs: session.inputs.map((info) => named(info, inputs)),
    outputs: session.outputs.map((info) => named(info, outputs)),
    run: (feeds, wanted) => {
      const taken = Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => {
          const found = inputs.find(({ from }) => from === name);
          return found ? [found.to, widened(tensor)] : [name, tensor];
        }),
      );
      const asked = wanted?.map((name) => outputs.find(({ from }) => from === name)?.to ?? name);
      const answer = session.run(taken, asked);
      return answer instanceof Promise ? answer.then(given) : given(answer);
    },
  });
}

function named(info: TensorInfo, casts: readonly CastTensor[]): TensorInfo {
  const found = casts.find(({ to }) => to === info.name);
  return found ? { ...info, name: found.from, type: 'bfloat16' } : info;
}

/** What is not bfloat16 is the engine's to refuse. */
function widened(tensor: Tensor): Tensor {
  if (tensor.type !== 'bfloat16') return tensor;
  const bits = Uint32Array.from(tensor.data as Uint16Array, (half) => half << 16);
  return { type: 'float32', dims: tensor.dims, data: new Float32Array(bits.buffer) };
}

/** The lower halves are zero: the values came from a Cast of bfloat16. */
function narrowed({ dims, data }: Tensor): Tensor {
  const floats = data as Float32Array;
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  return { type: 'bfloat16', dims, data: Uint16Array.from(bits, (word) => word >>> 16) };
}
