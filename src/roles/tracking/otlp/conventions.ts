import { objectJson } from './any-value.ts';

/** Attributes of a span: JSON texts by key. */
export type Attributes = Map<string, string>;

/** Which attributes other makers of spans use for what MLflow has names for. */
interface Convention {
  readonly kind?: { readonly key: string; readonly types: Readonly<Record<string, string>> };
  readonly inputs?: readonly (string | RegExp)[];
  readonly outputs?: readonly (string | RegExp)[];
  readonly tokens?: { readonly input: string; readonly output: string; readonly total?: string };
  readonly cacheRead?: string;
  readonly cacheWrite?: readonly string[];
  readonly models?: readonly string[];
  readonly provider?: string;
  readonly tools?: string;
}

const same = (...kinds: string[]) => Object.fromEntries(kinds.map((kind) => [kind, kind]));
const GEN_AI_TOKENS = { input: 'gen_ai.usage.input_tokens', output: 'gen_ai.usage.output_tokens' };
const GEN_AI_MODELS = ['gen_ai.response.model', 'gen_ai.request.model'];

/** In the order in which MLflow 3.17 asks them (mlflow/tracing/otel/translation). */
const CONVENTIONS: readonly Convention[] = [
  // OpenInference semantic conventions
  {
    kind: {
      key: 'openinference.span.kind',
      types: same('TOOL', 'CHAIN', 'LLM', 'RETRIEVER', 'EMBEDDING', 'AGENT', 'RERANKER', 'UNKNOWN', 'GUARDRAIL', 'EVALUATOR'),
    },
    inputs: ['input.value'],
    outputs: ['output.value'],
    tokens: { input: 'llm.token_count.prompt', output: 'llm.token_count.completion', total: 'llm.token_count.total' },
    cacheRead: 'llm.token_count.prompt_details.cache_read',
    cacheWrite: ['llm.token_count.prompt_details.cache_write'],
    models: ['llm.response.model_name', 'llm.model_name', 'llm.request.model_name', 'embedding.model_name'],
    provider: 'llm.provider',
  },
  // OpenTelemetry semantic conventions for generative AI
  {
    kind: {
      key: 'gen_ai.operation.name',
      types: {
        chat: 'CHAT_MODEL',
        create_agent: 'AGENT',
        embeddings: 'EMBEDDING',
        execute_tool: 'TOOL',
        generate_content: 'LLM',
        invoke_agent: 'AGENT',
        text_completion: 'LLM',
        response: 'LLM',
      },
    },
    inputs: ['gen_ai.input.messages', 'gen_ai.tool.call.arguments'],
    outputs: ['gen_ai.output.messages', 'gen_ai.tool.call.result'],
    tokens: GEN_AI_TOKENS,
    cacheRead: 'gen_ai.usage.cache_read.input_tokens',
    cacheWrite: ['gen_ai.usage.cache_write.input_tokens', 'gen_ai.usage.cache_creation.input_tokens'],
    models: GEN_AI_MODELS,
    provider: 'gen_ai.provider.name',
    tools: 'gen_ai.tool.definitions',
  },
  // OpenLLMetry (Traceloop)
  {
    kind: { key: 'traceloop.span.kind', types: { workflow: 'WORKFLOW', task: 'TASK', agent: 'AGENT', tool: 'TOOL', unknown: 'UNKNOWN' } },
    inputs: ['traceloop.entity.input', /^gen_ai\.prompt\.\d+\.content/u, /^gen_ai\.completion\.\d+\.tool_calls\.\d+\.arguments/u],
    outputs: ['traceloop.entity.output', /^gen_ai\.completion\.\d+\.content/u],
    tokens: { input: 'gen_ai.usage.prompt_tokens', output: 'gen_ai.usage.completion_tokens', total: 'llm.usage.total_tokens' },
    provider: 'gen_ai.system',
  },
  // Google ADK
  {
    inputs: ['gcp.vertex.agent.llm_request', 'gcp.vertex.agent.tool_call_args'],
    outputs: ['gcp.vertex.agent.llm_response', 'gcp.vertex.agent.tool_response'],
  },
  // Laminar
  {
    kind: {
      key: 'lmnr.span.type',
      types: {
        LLM: 'LLM',
        TOOL: 'TOOL',
        DEFAULT: 'CHAIN',
        PIPELINE: 'CHAIN',
        EXECUTOR: 'AGENT',
        EVALUATOR: 'EVALUATOR',
        HUMAN_EVALUATOR: 'EVALUATOR',
        EVALUATION: 'EVALUATOR',
        CACHED: 'LLM',
      },
    },
    inputs: ['lmnr.span.input'],
    outputs: ['lmnr.span.output'],
    tokens: GEN_AI_TOKENS,
    models: GEN_AI_MODELS,
    provider: 'gen_ai.system',
  },
  // Langfuse
  {
    kind: {
      key: 'langfuse.observation.type',
      types: {
        generation: 'LLM',
        embedding: 'EMBEDDING',
        tool: 'TOOL',
        retriever: 'RETRIEVER',
        agent: 'AGENT',
        chain: 'CHAIN',
        evaluator: 'EVALUATOR',
        guardrail: 'GUARDRAIL',
        span: 'UNKNOWN',
      },
    },
    inputs: ['langfuse.observation.input'],
    outputs: ['langfuse.observation.output'],
  },
];

/** MLflow's own attributes. */
export const OWN = {
  request: 'mlflow.traceRequestId',
  type: 'mlflow.spanType',
  inputs: 'mlflow.spanInputs',
  outputs: 'mlflow.spanOutputs',
  usage: 'mlflow.chat.tokenUsage',
  cost: 'mlflow.llm.cost',
  model: 'mlflow.llm.model',
  provider: 'mlflow.llm.provider',
  tools: 'mlflow.chat.tools',
} as const;

/** Adds MLflow's own attributes for what a span says in the words of another convention. */
export function translate(attributes: Attributes): void {
  const type = parsed(attributes.get(OWN.type));
  if (type === undefined || type === null || type === 'UNKNOWN')
    put(
      attributes,
      OWN.type,
      first(({ kind }) => typeOf(attributes, kind)),
    );
  const add = (key: string, text: () => string | undefined) => {
    if (!attributes.has(key)) put(attributes, key, text());
  };
  add(OWN.inputs, () => first(({ inputs }) => textAt(attributes, inputs)));
  add(OWN.outputs, () => first(({ outputs }) => textAt(attributes, outputs)));
  add(OWN.usage, () => first((convention) => usageOf(attributes, convention)));
  add(OWN.tools, () => first(({ tools }) => textAt(attributes, tools === undefined ? [] : [tools])));
  add(
    OWN.model,
    () => first(({ models }) => textAt(attributes, models)) ?? namedModel(attributes, OWN.inputs) ?? namedModel(attributes, OWN.outputs),
  );
  add(OWN.provider, () => first(({ provider }) => textAt(attributes, provider === undefined ? [] : [provider])));
}

function put(attributes: Attributes, key: string, text: string | undefined): void {
  if (text !== undefined) attributes.set(key, text);
}

function first<T>(of: (convention: Convention) => T | undefined): T | undefined {
  for (const convention of CONVENTIONS) {
    const found = of(convention);
    if (found !== undefined) return found;
  }
  return undefined;
}

function typeOf(attributes: Attributes, kind: Convention['kind']): string | undefined {
  const said = kind && parsed(attributes.get(kind.key));
  if (!kind || typeof said !== 'string' || !Object.hasOwn(kind.types, said)) return undefined;
  return JSON.stringify(kind.types[said]);
}

function textAt(attributes: Attributes, keys: readonly (string | RegExp)[] = []): string | undefined {
  for (const key of keys) {
    const named = typeof key === 'string' ? [key] : [...attributes.keys()].filter((each) => key.test(each));
    const found = named.map((each) => attributes.get(each)).find((text) => text !== undefined && says(text));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Empty texts, lists and objects, zero, false and null say nothing. */
function says(text: string): boolean {
  const value = parsed(text);
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

function usageOf(attributes: Attributes, { tokens, cacheRead, cacheWrite = [] }: Convention): string | undefined {
  if (!tokens) return undefined;
  const count = (key: string | undefined) => (key === undefined ? undefined : tokenCount(attributes.get(key)));
  const input = count(tokens.input);
  const output = count(tokens.output);
  const total = count(tokens.total) ?? (input !== undefined && output !== undefined ? input + output : undefined);
  if (input === undefined && output === undefined && total === undefined) return undefined;
  const written = cacheWrite.map(count).find((each) => each !== undefined);
  const usage = {
    input_tokens: input,
    output_tokens: output,
    total_tokens: total,
    cache_read_input_tokens: count(cacheRead),
    cache_creation_input_tokens: written,
  };
  const said = Object.entries(usage).flatMap(([key, each]): [string, string][] => (each === undefined ? [] : [[key, String(each)]]));
  return objectJson(new Map(said));
}

/** A whole number, in a text or not; 1.0 is none. */
function tokenCount(json: string | undefined): number | undefined {
  const digits = json === undefined ? undefined : /^"?\s*([+-]?\d+)\s*"?$/u.exec(json)?.[1];
  const count = digits === undefined ? undefined : Number(digits);
  return Number.isSafeInteger(count) ? count : undefined;
}

function namedModel(attributes: Attributes, key: string): string | undefined {
  const value = parsed(attributes.get(key));
  const model = typeof value === 'object' && value !== null ? (value as { model?: unknown }).model : undefined;
  return typeof model === 'string' && model !== '' ? JSON.stringify(model) : undefined;
}

/** The value of a JSON text; a text that is no JSON as it is. */
export function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
