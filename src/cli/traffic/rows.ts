import { CliError, type Client } from '../terminal/client.ts';

export type Value = number | string | boolean | null;

/** Rows that a deployment's model never saw, with their true outcome. */
export interface HeldBack {
  readonly deployment: string;
  readonly names: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  readonly actuals: readonly (number | string)[];
  /** What callers may send, by field. */
  readonly limits: Readonly<Record<string, Limits>>;
}

export interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly exclusive_min?: number;
  readonly exclusive_max?: number;
}

interface DeploymentView {
  readonly name: string;
  readonly variants: readonly { readonly role: string; readonly run_id: string | null }[];
  readonly schema: { readonly fields: readonly (Limits & { readonly name: string })[] } | null;
}

/** Fetches the rows that were held back when the deployment's primary was trained. @throws CliError where there are none */
export async function heldBackRows(client: Client, name: string): Promise<HeldBack> {
  const view = await client.get<DeploymentView>(`/api/v1/deployments/${encodeURIComponent(name)}`);
  const runId = view.variants.find(({ role }) => role === 'primary')?.run_id;
  const response = runId
    ? await client.send('GET', `/get-artifact?path=held_back_rows.json&run_uuid=${encodeURIComponent(runId)}`)
    : undefined;
  if (!response?.ok) {
    const hint = 'Traffic replays rows that training held back; train the model with `trainyard train … --deploy`.';
    throw new CliError(`Deployment '${name}' serves a model without held-back rows.`, { hint });
  }
  const { columns, data } = (await response.json()) as { columns: readonly string[]; data: readonly (readonly Value[])[] };
  return {
    deployment: name,
    names: columns.slice(0, -1),
    rows: data.map((row) => row.slice(0, -1)),
    actuals: data.map((row) => row.at(-1) as number | string),
    limits: Object.fromEntries((view.schema?.fields ?? []).map((field) => [field.name, field])),
  };
}

/** Deployments that traffic goes to: those named, else the examples that are there, else all. */
export async function deploymentsFor(client: Client, named: readonly string[] | undefined): Promise<string[]> {
  if (named !== undefined && named.length > 0) return [...named];
  const { items } = await client.get<{ items: readonly { name: string }[] }>('/api/v1/deployments');
  const names = items.map(({ name }) => name);
  const examples = ['iris', 'housing'].filter((name) => names.includes(name));
  if (names.length === 0)
    throw new CliError('There is no deployment to send traffic to.', {
      hint: 'Start the server with --examples, or train a model with --deploy.',
    });
  return examples.length > 0 ? examples : names;
}
