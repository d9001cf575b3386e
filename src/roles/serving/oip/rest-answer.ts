import { toBytes } from './binary-data.ts';
import { oipType } from './datatypes.ts';
import type { InferResult } from './infer.ts';
import { toJson } from './json-data.ts';

/** An answer on REST: JSON, or JSON followed by raw tensors. */
export interface RestAnswer {
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes the answer of POST …/infer. The `id` is only there if the caller sent one. */
export function writeInferAnswer({ modelName, modelVersion, id, outputs }: InferResult): RestAnswer {
  const raw: Uint8Array[] = [];
  const parts = outputs.map(({ name, tensor, binary }) => {
    const head = `{"name":${JSON.stringify(name)},"datatype":"${oipType(tensor.type)}","shape":[${tensor.dims.join(',')}],`;
    if (!binary) return `${head}"data":${toJson(tensor)}}`;
    const bytes = toBytes(tensor);
    raw.push(bytes);
    return `${head}"parameters":{"binary_data_size":${bytes.length}}}`;
  });
  const echoed = id === undefined ? '' : `"id":${JSON.stringify(id)},`;
  const who = `"model_name":${JSON.stringify(modelName)},"model_version":${JSON.stringify(modelVersion)}`;
  const json = `{${echoed}${who},"outputs":[${parts.join(',')}]}`;
  if (raw.length === 0) return { body: json, headers: { 'content-type': 'application/json' } };
  const head = Buffer.from(json);
  return {
    body: Buffer.concat([head, ...raw]),
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(head.length) },
  };
}
