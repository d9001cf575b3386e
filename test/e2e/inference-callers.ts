import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { messages } from '#contract/grpc/inference.ts';
import { decodeMessage, encodeMessage, type Message } from '#http/grpc/protobuf.ts';

/** What a model said of one row: a label where it gives one, and numbers (scores per class, or the value). */
export interface Said {
  readonly label: string | undefined;
  readonly numbers: readonly number[];
}

/** Asks a deployment for one row by one protocol. */
export type Caller = (deployment: string, row: readonly number[]) => Promise<Said>;

interface Output {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data?: readonly (string | number)[];
  readonly parameters?: { readonly binary_data_size?: number };
}

export interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** One POST, whatever comes of it. */
export async function exchange(url: string, body: string | Buffer, headers: Readonly<Record<string, string>>): Promise<Exchanged> {
  const answer = await fetch(url, { method: 'POST', body: body as string, headers });
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
}

async function asked(url: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Exchanged> {
  const answer = await exchange(url, body, { 'content-type': 'application/json', ...headers });
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.body.toString().slice(0, 300)}`);
  return answer;
}

const json = async (url: string, body: unknown): Promise<Record<string, unknown>> =>
  JSON.parse((await asked(url, JSON.stringify(body))).body.toString());

/** A lone prediction as the scoring protocols give it: a label or a number. */
const lone = ([value]: readonly (string | number)[]): Said =>
  typeof value === 'string' ? { label: value, numbers: [] } : { label: undefined, numbers: [value as number] };

function ofOutputs(outputs: readonly Output[]): Said {
  const texts = outputs.find((o) => o.datatype === 'BYTES')?.data as string[] | undefined;
  const floats = outputs.find((o) => o.datatype === 'FP32')?.data as number[];
  return { label: texts?.[0], numbers: floats };
}

const tensor = (row: readonly number[]) => ({ name: 'float_input', shape: [1, row.length], datatype: 'FP32' });
const floats = (row: readonly number[]): Buffer => Buffer.from(Float32Array.from(row).buffer);
const numbersOf = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length / 4 }, (_, i) => Buffer.from(bytes).readFloatLE(4 * i));
/** Of a BYTES tensor with one element: four bytes of length, then the text. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(4)).toString();

async function binary(url: string, row: readonly number[]): Promise<Said> {
  const bytes = floats(row);
  const head = { inputs: [{ ...tensor(row), parameters: { binary_data_size: bytes.length } }], parameters: { binary_data_output: true } };
  const text = Buffer.from(JSON.stringify(head));
  const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(text.length) };
  const answer = await asked(url, Buffer.concat([text, bytes]), headers);
  let at = Number(answer.headers.get('inference-header-content-length'));
  const { outputs } = JSON.parse(answer.body.toString('utf8', 0, at)) as { outputs: Output[] };
  let label: string | undefined;
  let numbers: number[] = [];
  for (const { datatype, parameters } of outputs) {
    const part = answer.body.subarray(at, at + (parameters?.binary_data_size as number));
    at += part.length;
    if (datatype === 'BYTES') label = textOf(part);
    else numbers = numbersOf(part);
  }
  return { label, numbers };
}

/** Calls of the inference service over gRPC with messages that are bytes already. */
export class GrpcCaller {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  /** The answer, or how it failed. */
  infer(bytes: Buffer): Promise<Buffer | ServiceError> {
    const asIs = (value: Buffer): Buffer => value;
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest('/inference.GRPCInferenceService/ModelInfer', asIs, asIs, bytes, (error, answer) =>
        resolve(error ?? (answer as Buffer)),
      );
    });
  }

  async ask(deployment: string, row: readonly number[]): Promise<Said> {
    const request: Message = { model_name: deployment, inputs: [tensor(row)], raw_input_contents: [floats(row)] };
    const answer = await this.infer(Buffer.from(encodeMessage(messages.InferRequest, request)));
    if (answer instanceof Error) throw answer;
    const { outputs, raw_output_contents } = decodeMessage(messages.InferResponse, answer) as {
      outputs: Output[];
      raw_output_contents: Uint8Array[];
    };
    const bytesOf = (datatype: string) => raw_output_contents[outputs.findIndex((o) => o.datatype === datatype)];
    const text = bytesOf('BYTES');
    return { label: text && textOf(text), numbers: numbersOf(bytesOf('FP32') as Uint8Array) };
  }

  close(): void {
    this.#client.close();
  }
}

/** A caller for each protocol that predictions are asked for by. */
export function callers(url: string, grpc: GrpcCaller): Readonly<Record<string, Caller>> {
  return {
    'the plain API': async (name, row) => {
      const answer = await json(`${url}/deployments/${name}/predict`, { features: row });
      const { prediction, probabilities } = answer as { prediction: string | number; probabilities?: Record<string, number> };
      return probabilities ? { label: prediction as string, numbers: Object.values(probabilities) } : lone([prediction]);
    },
    'OIP in JSON': async (name, row) => {
      const answer = await json(`${url}/v2/models/${name}/infer`, { inputs: [{ ...tensor(row), data: row }] });
      return ofOutputs(answer['outputs'] as Output[]);
    },
    'OIP with binary tensors': (name, row) => binary(`${url}/v2/models/${name}/infer`, row),
    'OIP over gRPC': (name, row) => grpc.ask(name, row),
    'KServe V1': async (name, row) =>
      lone((await json(`${url}/v1/models/${name}:predict`, { instances: [row] }))['predictions'] as number[]),
    'MLflow scoring': async (name, row) =>
      lone((await json(`${url}/deployments/${name}/invocations`, { inputs: [row] }))['predictions'] as number[]),
  };
}
