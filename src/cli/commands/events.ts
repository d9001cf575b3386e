import { type Command, Option } from 'commander';
import { pause } from '#kernel/retry.ts';
import type { Client } from '../terminal/client.ts';
import { fields, table } from '../terminal/output.ts';
import { action, commandGroup, type Session, serverCommand, wholeNumber } from '../terminal/server-command.ts';

interface Prediction {
  readonly prediction_id: string;
  readonly time: string;
  readonly deployment: string;
  readonly role: string;
  readonly model_name: string;
  readonly model_version: string;
  readonly status: string;
  readonly prediction: unknown;
  readonly duration_ms: number;
  readonly actual?: unknown;
}

interface Page {
  readonly items: readonly Prediction[];
  readonly next_cursor: string | null;
}

type Filter = Readonly<Record<string, string | undefined>>;

const FILTERS = ['deployment', 'variant', 'version', 'status', 'from', 'to', 'q'] as const;
const TAIL_MS = 1000;
const TAIL_PAGE = 200;

/** `trainyard events`: the predictions that were recorded. */
export function eventsCommand(): Command {
  const group = commandGroup('events', 'look at recorded predictions', [
    'trainyard events list --deployment iris --limit 20',
    'trainyard events tail',
  ]);
  group.addCommand(
    filtered('list', 'newest predictions', ['trainyard events list --deployment iris --status error'])
      .option('--limit <n>', 'most rows', wholeNumber(1, 1000), 20)
      .action(action(listEvents)),
  );
  group.addCommand(
    filtered('count', 'number of predictions', ['trainyard events count --deployment iris --from 2026-01-01']).action(action(countEvents)),
  );
  group.addCommand(
    serverCommand('show', 'one prediction with its lineage, shadows and label', ['trainyard events show 0190c2a1-…'])
      .argument('<prediction_id>')
      .action(action(showEvent)),
  );
  group.addCommand(
    filtered('tail', 'predictions as they come, until Ctrl-C', ['trainyard events tail --deployment housing']).action(action(tailEvents)),
  );
  return group;
}

function filtered(name: string, description: string, examples: readonly string[]): Command {
  return serverCommand(name, description, examples)
    .option('--deployment <name>', 'of this deployment')
    .addOption(new Option('--variant <role>', 'by this part').choices(['primary', 'shadow', 'canary']))
    .option('--version <n>', 'by this model version')
    .addOption(new Option('--status <status>', 'with this outcome').choices(['ok', 'error']))
    .option('--from <time>', 'not before this time')
    .option('--to <time>', 'before this time')
    .option('--q <text>', 'that hold this text');
}

function filterOf(options: Readonly<Record<string, unknown>>): Filter {
  return Object.fromEntries(FILTERS.map((name) => [name, options[name] as string | undefined]));
}

async function listEvents({ client, out }: Session, options: Readonly<Record<string, unknown>>): Promise<void> {
  const page = await client.get<Page>('/api/v1/predictions', { ...filterOf(options), limit: options['limit'] as number });
  out.result(page, () => table(HEADINGS, page.items.map(columns)));
}

async function countEvents({ client, out }: Session, options: Readonly<Record<string, unknown>>): Promise<void> {
  const answer = await client.get<{ count: number }>('/api/v1/predictions/count', filterOf(options));
  out.result(answer, () => [String(answer.count)]);
}

async function showEvent({ client, out }: Session, _: Readonly<Record<string, unknown>>, id: string): Promise<void> {
  const event = await client.get<Record<string, unknown>>(`/api/v1/predictions/${encodeURIComponent(id)}`);
  out.result(event, () => fields(event));
}

async function tailEvents({ client, out }: Session, options: Readonly<Record<string, unknown>>): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const filter = filterOf(options);
  const seen = new Set<string>();
  for (let first = true; !stop.signal.aborted; first = false) {
    const fresh = await newEvents(client, filter, seen);
    const shown = first ? fresh.slice(-10) : fresh;
    for (const item of shown) process.stdout.write(`${out.json ? JSON.stringify(item) : columns(item).map(String).join('  ')}\n`);
    await pause(TAIL_MS, stop.signal);
  }
}

/** Events not seen yet, oldest first; what was seen long ago cannot come again and is forgotten. */
async function newEvents(client: Client, filter: Filter, seen: Set<string>): Promise<Prediction[]> {
  const { items } = await client.get<Page>('/api/v1/predictions', { ...filter, limit: TAIL_PAGE });
  const fresh = items.filter(({ prediction_id }) => !seen.has(prediction_id)).reverse();
  seen.clear();
  for (const { prediction_id } of items) seen.add(prediction_id);
  return fresh;
}

const HEADINGS = ['time', 'deployment', 'role', 'model', 'status', 'prediction', 'actual', 'ms', 'prediction_id'];

function columns(p: Prediction): unknown[] {
  return [
    p.time,
    p.deployment,
    p.role,
    `${p.model_name}/${p.model_version}`,
    p.status,
    p.prediction ?? '-',
    p.actual ?? '-',
    p.duration_ms,
    p.prediction_id,
  ];
}
