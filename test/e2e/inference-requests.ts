import fc from 'fast-check';
import { messages } from '#contract/grpc/inference.ts';
import { encodeMessage, type Message } from '#http/grpc/protobuf.ts';

/** A model that requests are made for: its inputs, and how many columns each row of one has. */
export interface FuzzedModel {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly datatype: string; readonly columns: number }[];
}

/** One request as it goes out. */
export type FuzzRequest =
  | { readonly by: 'rest'; readonly path: string; readonly headers: Record<string, string>; readonly body: Buffer }
  | { readonly by: 'grpc'; readonly body: Buffer };

interface Tensor {
  readonly name: unknown;
  readonly shape: unknown;
  readonly datatype: unknown;
  readonly data?: unknown;
  readonly parameters?: unknown;
  /** What of it is sent as raw bytes. */
  readonly raw: Uint8Array;
}

const SIZES: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, UINT8: 1, UINT16: 2, UINT32: 4, UINT64: 8, INT8: 1, INT16: 2, INT32: 4, INT64: 8, FP16: 2, BF16: 2, FP32: 4, FP64: 8 },
};
const DATATYPES = [...Object.keys(SIZES), 'BYTES'];
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e300, -1e-300, 255, 256, 2 ** 31, 2 ** 53, '', 'x', '1', 'NaN', '\u0000', '🚂'),
  fc.integer({ min: -3, max: 300 }),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const nested = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf, fc.array(tie('node'), { maxLength: 4 })),
})).node;
const size = fc.oneof(fc.nat(4), fc.constantFrom<unknown>(-1, 0, 2 ** 16, 2 ** 31, 2 ** 53, 1e300, 1.5, '2', null));
/** Times are long, as a request that gives itself a microsecond is rightly refused with 504. */
const PARAMETERS = [
  'binary_data_size',
  'binary_data',
  'binary_data_output',
  'classification',
  'priority',
  'sequence_id',
  'headers',
  '__proto__',
];
const parameters = fc.oneof(
  fc.dictionary(fc.constantFrom(...PARAMETERS), fc.oneof(leaf, nested), { maxKeys: 3 }),
  fc.record({ timeout: fc.constantFrom<unknown>(-1, 0, '5', null, 60_000_000, 1e300) }),
);

/** Sometimes the value itself, sometimes anything. */
const mostly = <T>(value: fc.Arbitrary<T>, other: fc.Arbitrary<unknown>, weight = 12): fc.Arbitrary<unknown> =>
  fc.oneof({ weight, arbitrary: value as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: other });

function value(datatype: string): fc.Arbitrary<unknown> {
  if (datatype === 'BOOL') return fc.boolean();
  if (datatype === 'BYTES') return fc.string({ maxLength: 6 });
  if (datatype.startsWith('FP')) return fc.oneof(fc.float({ noNaN: true }), fc.constant(null));
  return fc.integer({ min: datatype.startsWith('U') ? 0 : -128, max: 127 });
}

/** A tensor of `rows` rows as the model wants it, or nearly. */
function tensor({ name, datatype, columns }: FuzzedModel['inputs'][number], rows: number, isRight = false): fc.Arbitrary<Tensor> {
  const count = rows * columns;
  const bytes =
    datatype === 'BYTES'
      ? fc.array(fc.uint8Array({ maxLength: 5 }), { minLength: count, maxLength: count }).map((texts) => {
          const parts = texts.flatMap((text) => [Buffer.from(Uint32Array.of(text.length).buffer), Buffer.from(text)]);
          return Buffer.concat(parts);
        })
      : fc.uint8Array({ minLength: count * (SIZES[datatype] ?? 1), maxLength: count * (SIZES[datatype] ?? 1) });
  const data = fc.array(value(datatype), { minLength: count, maxLength: count });
  if (isRight) {
    const right = { name: fc.constant(name), datatype: fc.constant(datatype), shape: fc.constant([rows, columns]) };
    return fc.record({ ...right, data, raw: bytes as fc.Arbitrary<Uint8Array> });
  }
  return fc.record(
    {
      name: mostly(fc.constant(name), fc.oneof(leaf, fc.constantFrom('__proto__', 'constructor', 'float_input')), 40),
      datatype: mostly(fc.constant(datatype), fc.oneof(leaf, fc.constantFrom(...DATATYPES)), 40),
      shape: mostly(fc.constant([rows, columns]), fc.oneof(fc.array(size, { maxLength: 4 }), leaf), 30),
      data: mostly(data, nested, 20),
      raw: mostly(bytes, fc.uint8Array({ maxLength: 40 }), 20) as fc.Arbitrary<Uint8Array>,
      parameters,
    },
    { requiredKeys: ['name', 'datatype', 'shape', 'raw', 'data'] },
  );
}

const tensors = ({ inputs }: FuzzedModel): fc.Arbitrary<Tensor[]> => {
  const right = fc.integer({ min: 1, max: 3 }).chain((rows) => fc.tuple(...inputs.map((input) => tensor(input, rows, true))));
  const all = fc.nat(3).chain((rows) => fc.tuple(...inputs.map((input) => tensor(input, rows))));
  const some = fc.array(
    fc.constantFrom(...inputs).chain((input) => tensor(input, 1)),
    { maxLength: 4 },
  );
  return fc.oneof({ weight: 4, arbitrary: right }, { weight: 4, arbitrary: all }, { weight: 1, arbitrary: some });
};

const outputs = fc.array(
  fc.record({ name: fc.constantFrom('label', 'probabilities', 'out_fp32', 'out_bytes', 'z', ''), parameters }, { requiredKeys: ['name'] }),
  { maxLength: 3 },
);
const around = fc.oneof(
  fc.constant({}),
  fc.record({ id: leaf, parameters: mostly(parameters, leaf), outputs: mostly(outputs, nested) }, { requiredKeys: [] }),
);
const garbage = fc
  .oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom('', '{', '[]', 'null', '{"inputs":{}}'))
  .map((t) => Buffer.from(t));

const path = ({ name }: FuzzedModel): fc.Arbitrary<string> =>
  mostly(
    fc.constantFrom(`/v2/models/${name}/infer`, `/v2/models/${name}/versions/1/infer`),
    fc.constantFrom('/v2/models/no/infer', '/v2/models/%/infer', `/v2/models/${name}/versions/%00/infer`),
    30,
  ) as fc.Arbitrary<string>;

const jsonRequest = (model: FuzzedModel): fc.Arbitrary<FuzzRequest> => {
  const request = fc.tuple(tensors(model), around).map(([inputs, rest]) => {
    const plain = inputs.map(({ raw: _, ...input }) => input);
    return Buffer.from(JSON.stringify({ ...rest, inputs: plain }));
  });
  const type = mostly(fc.constant('application/json'), fc.constantFrom('text/plain', 'application/octet-stream', 'x'), 20);
  return fc
    .record({ path: path(model), type, body: mostly(request, garbage, 10) })
    .map(({ path: to, type: kind, body }) => ({ by: 'rest', path: to, headers: { 'content-type': kind as string }, body: body as Buffer }));
};

const binaryRequest = (model: FuzzedModel): fc.Arbitrary<FuzzRequest> => {
  const length = mostly(fc.constant(undefined), fc.constantFrom('0', '1', '-1', 'x', '1e3', '99999999999999999999'), 10);
  return fc
    .record({ path: path(model), inputs: tensors(model), rest: around, length, tail: mostly(fc.constant(Buffer.alloc(0)), garbage, 15) })
    .map(({ path: to, inputs, rest, length: told, tail }) => {
      const asked = inputs.map(({ raw, data: _, ...input }) => ({ ...input, parameters: { binary_data_size: raw.length } }));
      const head = Buffer.from(JSON.stringify({ ...rest, inputs: asked }));
      const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(told ?? head.length) };
      return { by: 'rest', path: to, headers, body: Buffer.concat([head, ...inputs.map(({ raw }) => raw), tail as Buffer]) };
    });
};

const CONTENTS: ReadonlyMap<unknown, string> = new Map(
  Object.entries({
    ...{ BOOL: 'bool_contents', INT8: 'int_contents', INT16: 'int_contents', INT32: 'int_contents', UINT8: 'uint_contents' },
    ...{ UINT16: 'uint_contents', UINT32: 'uint_contents', FP32: 'fp32_contents', FP64: 'fp64_contents' },
  }),
);
const whole = (given: unknown): number[] => (Array.isArray(given) ? given.filter((n) => Number.isSafeInteger(n) && n >= 0) : [1]);

/** Messages whose fields have the types that the wire needs, whatever they say; some are damaged afterwards. */
const grpcRequest = (model: FuzzedModel): fc.Arbitrary<FuzzRequest> => {
  const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 });
  return fc
    .record({
      inputs: tensors(model),
      isRaw: fc.boolean(),
      damage: mostly(fc.constant([]), damage, 3),
      cut: mostly(fc.constant(0), fc.nat(60), 8),
    })
    .map(({ inputs, isRaw, damage: changes, cut }) => {
      const message: Message = {
        model_name: model.name,
        inputs: inputs.map(({ name, datatype, shape, data }) => {
          const field = CONTENTS.get(datatype) ?? 'int_contents';
          const values = Array.isArray(data)
            ? data.filter((each) => typeof each === (field === 'bool_contents' ? 'boolean' : 'number'))
            : [];
          const numbers =
            field === 'bool_contents' || field.startsWith('fp')
              ? values
              : values.filter((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 31);
          return {
            name: String(name),
            datatype: String(datatype),
            shape: whole(shape),
            ...(isRaw ? {} : { contents: { [field]: numbers } }),
          };
        }),
        ...(isRaw ? { raw_input_contents: inputs.map(({ raw }) => raw) } : {}),
      };
      const bytes = Buffer.from(encodeMessage(messages.InferRequest, message));
      for (const [at, byte] of changes as [number, number][]) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return { by: 'grpc', body: bytes.subarray(0, Math.max(0, bytes.length - (cut as number))) };
    });
};

/** Requests by JSON, with binary tensors and over gRPC, of which about every fifth is as it should be. */
export function inferenceRequests(models: readonly FuzzedModel[]): fc.Arbitrary<FuzzRequest> {
  return fc.constantFrom(...models).chain((model) => fc.oneof(jsonRequest(model), binaryRequest(model), grpcRequest(model)));
}
