import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CliError, type Client } from '../terminal/client.ts';
import { table } from '../terminal/output.ts';
import { action, type Session, serverCommand } from '../terminal/server-command.ts';

interface Answer {
  readonly prediction?: unknown;
  readonly prediction_id?: string;
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly predictions?: readonly Answer[];
}

/** `trainyard predict`: asks a deployment about one row or several. */
export function predictCommand(): Command {
  const examples = [
    'trainyard predict sepal_length=5.1 sepal_width=3.5 petal_length=1.4 petal_width=0.2',
    `trainyard predict --deployment housing '{"MedInc":8.3,"HouseAge":41,"AveRooms":6.9,"AveBedrms":1.0,"Population":322,"AveOccup":2.5,"Latitude":37.9,"Longitude":-122.2}'`,
    'trainyard predict --deployment churn --file rows.json',
  ];
  return serverCommand('predict', 'ask a deployment for predictions', examples)
    .argument('[row...]', 'name=value pairs, or one JSON object or list of rows')
    .option('--deployment <name>', 'deployment to ask (default: the default deployment)')
    .option('--file <path>', 'JSON file with a row or a list of rows; - reads standard input')
    .action(action(predict));
}

async function predict({ client, out }: Session, options: Readonly<Record<string, unknown>>, parts: readonly string[]): Promise<void> {
  const deployment = options['deployment'] as string | undefined;
  const body = bodyOf(options['file'] as string | undefined, parts) ?? (await namedRow(client, deployment, parts));
  const path = deployment === undefined ? '/predict' : `/deployments/${encodeURIComponent(deployment)}/predict`;
  const answer = await client.post<Answer>(path, body);
  out.result(answer, () => {
    const rows = answer.predictions ?? [answer];
    return table(
      ['prediction', 'probability', 'prediction_id'],
      rows.map((row) => [row.prediction, row.probabilities?.[String(row.prediction)] ?? null, row.prediction_id]),
    );
  });
}

/** What the arguments say without knowing the model; undefined for name=value pairs. */
function bodyOf(file: string | undefined, parts: readonly string[]): unknown {
  if (file !== undefined) return parse(readInput(file), file);
  if (parts.length === 0) throw new CliError('Name the row: name=value pairs, a JSON object, or --file.', { exitCode: 2 });
  if (parts.length === 1 && /^\s*[[{]/u.test(parts[0] ?? '')) return parse(parts[0] ?? '', 'the row');
  return undefined;
}

function readInput(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CliError(`'${file}' cannot be read: ${(error as Error).message}.`, { exitCode: 2 });
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`${what} is not JSON: ${(error as Error).message}.`, { exitCode: 2 });
  }
}

type Pair = readonly [name: string, text: string];

function pair(text: string): Pair {
  const at = text.indexOf('=');
  if (at < 1) throw new CliError(`A row is given as name=value pairs; '${text}' is none.`, { exitCode: 2 });
  return [text.slice(0, at), text.slice(at + 1)];
}

/** 01067, 1.50 and true are other things to a field of text than to one of numbers: only then the deployment is asked which fields it has. */
async function namedRow(client: Client, deployment: string | undefined, parts: readonly string[]): Promise<Record<string, unknown>> {
  const pairs = parts.map(pair);
  const isDoubtful = pairs.some(([, text]) => typeof plainValue(text) !== 'string' && String(plainValue(text)) !== text);
  const words = pairs.some(([, text]) => ['true', 'false', 'null'].includes(text));
  const texts = isDoubtful || words ? await textFields(client, deployment) : new Set<string>();
  return Object.fromEntries(pairs.map(([name, text]) => [name, texts.has(name) && text !== '' ? text : plainValue(text)]));
}

interface View {
  readonly name: string;
  readonly is_default?: boolean;
  readonly schema: {
    readonly fields: readonly { readonly name: string; readonly type: string; readonly aliases?: readonly string[] }[];
  } | null;
}

async function textFields(client: Client, deployment: string | undefined): Promise<Set<string>> {
  const { items } = await client.get<{ items: readonly View[] }>('/api/v1/deployments?limit=1000');
  const view = items.find(({ name, is_default }) => (deployment === undefined ? is_default : name === deployment));
  const fields = (view?.schema?.fields ?? []).filter(({ type }) => type === 'string');
  return new Set(fields.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
}

function plainValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === '' || text === 'null') return null;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}
