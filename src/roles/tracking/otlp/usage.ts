/** What is summed over a trace, with the digits of its numbers: tokens are whole. */
const TOKENS = ['input_tokens', 'output_tokens', 'total_tokens'] as const;
const CACHED = ['cache_read_input_tokens', 'cache_creation_input_tokens', 'cache_creation_input_tokens_above_1hr'] as const;
const COSTS = ['input_cost', 'output_cost', 'total_cost'] as const;

/** A span with what it says of tokens and costs: JSON texts of objects. */
export interface UsageNode {
  readonly span_id: string;
  readonly parent_id: string | null;
  readonly usage: string | null;
  readonly cost: string | null;
}

export interface TraceSums {
  readonly usage?: string | undefined;
  readonly cost?: string | undefined;
}

/**
 * Sums of a trace as the metadata that MLflow's clients read. A span counts unless one above it has said something already: some makers of spans sum up
 * what is below (MLflow 3.17, `aggregate_usage_from_span_nodes`).
 *
 * @returns `mlflow.trace.tokenUsage` and `mlflow.trace.cost`, where there is anything to say
 */
export function traceSums(spans: readonly UsageNode[]): TraceSums {
  const tokens = summed(spans, 'usage', [TOKENS, CACHED]);
  const costs = summed(spans, 'cost', [COSTS, []]);
  return {
    usage: tokens && pairsOf(tokens, (value) => (Number.isSafeInteger(value) ? String(value) : undefined)),
    cost: costs && pairsOf(costs, (value) => (Number.isFinite(value) ? pythonFloat(value) : undefined)),
  };
}

type Keys = readonly [always: readonly string[], whereSaid: readonly string[]];

function summed(spans: readonly UsageNode[], of: 'usage' | 'cost', [always, whereSaid]: Keys): Map<string, number> | undefined {
  const below = new Map<string, UsageNode[]>();
  const known = new Set(spans.map(({ span_id }) => span_id));
  const open: { readonly node: UsageNode; readonly counted: boolean }[] = [];
  for (const node of spans) {
    const parent = node.parent_id !== null && known.has(node.parent_id) ? node.parent_id : undefined;
    const siblings = parent === undefined ? undefined : below.get(parent);
    if (parent === undefined) open.push({ node, counted: false });
    else if (siblings) siblings.push(node);
    else below.set(parent, [node]);
  }
  const sums = new Map(always.map((key) => [key, 0]));
  let any = false;
  for (let next = open.pop(); next; next = open.pop()) {
    const said = objectOf(next.node[of]);
    if (said && !next.counted) {
      any = true;
      for (const key of always) add(sums, key, said[key] ?? 0);
      for (const key of whereSaid) if (key in said) add(sums, key, said[key]);
    }
    const counted = next.counted || said !== undefined;
    for (const node of below.get(next.node.span_id) ?? []) open.push({ node, counted });
  }
  return any ? sums : undefined;
}

function add(sums: Map<string, number>, key: string, value: unknown): void {
  if (typeof value === 'number') sums.set(key, (sums.get(key) ?? 0) + value);
}

function objectOf(text: string | null): Record<string, unknown> | undefined {
  if (text === null) return undefined;
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function pairsOf(sums: ReadonlyMap<string, number>, write: (value: number) => string | undefined): string | undefined {
  const written = [...sums].flatMap(([key, value]) => {
    const text = write(value);
    return text === undefined ? [] : [`"${key}": ${text}`];
  });
  return written.length > 0 ? `{${written.join(', ')}}` : undefined;
}

function pythonFloat(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}
