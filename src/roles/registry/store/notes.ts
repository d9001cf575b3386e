import { timeOrderedId } from '#kernel/ids.ts';
import type { Pair } from '../entities.ts';
import { eventBody, type RegistryEvent } from '../webhooks/body.ts';
import type { Writer } from './rows.ts';

const PROMPT = 'mlflow.prompt.is_prompt';
const PROMPT_TEXT = 'mlflow.prompt.text';
/** Tags of a prompt that its events do not tell (MLflow 3.17, server/handlers.py). */
const PROMPT_INNER = new Set([PROMPT, '_mlflow_prompt_type']);

interface Made {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly Pair[];
}

/** A change of something below a model. Its event has another name where the model is a prompt; '' for none. */
interface Change {
  readonly model: number;
  readonly names: { readonly model: string; readonly prompt: string };
  readonly data: RegistryEvent['data'];
}

/*
 * Events are noted for webhooks in the transaction of the change itself: neither is there without the other, whenever the process ends. A delivery that nobody
 * has taken yet has the touch time 0. Payloads are those of MLflow 3.17's handlers.
 */

export function noteModel(tx: Writer, { name, description, tags }: Made, now: number): Promise<void> {
  if (isPrompt(tags)) return note(tx, { name: 'prompt.created', data: { name, tags: withoutInner(tags), description } }, now);
  return note(tx, { name: 'registered_model.created', data: { name, tags: plain(tags), description } }, now);
}

export function noteVersion(
  tx: Writer,
  {
    name,
    version,
    description,
    tags,
    source,
    run_id,
  }: Made & { readonly version: number; readonly source: string; readonly run_id: string },
  now: number,
): Promise<void> {
  const at = { name, version: String(version) };
  if (isPrompt(tags)) {
    const template = tags.findLast(({ key }) => key === PROMPT_TEXT)?.value ?? null;
    const data = { ...at, template, tags: withoutInner(tags, [PROMPT_TEXT]), description: description || null };
    return note(tx, { name: 'prompt_version.created', data }, now);
  }
  const data = { ...at, source, run_id: run_id || null, tags: plain(tags), description: description || null };
  return note(tx, { name: 'model_version.created', data }, now);
}

export async function noteChange(tx: Writer, { model, names, data }: Change, now: number): Promise<void> {
  const listening = await listeners(tx, [names.model, names.prompt]);
  if (listening.length === 0) return;
  const tag = await tx
    .selectFrom('registry_model_tags')
    .select(['key', 'value'])
    .where('model', '=', model)
    .where('key', '=', PROMPT)
    .executeTakeFirst();
  const name = isPrompt(tag ? [tag] : []) ? names.prompt : names.model;
  if (name !== '') await note(tx, { name, data }, now);
}

async function note(tx: Writer, event: RegistryEvent, now: number): Promise<void> {
  const webhooks = await listeners(tx, [event.name]);
  if (webhooks.length === 0) return;
  const body = eventBody(event, now);
  const fresh = { event: event.name, body, state: 'pending', creation_time: now, touch_time: 0, attempts: 0, error: '' };
  const rows = webhooks.map((webhook) => ({ ...fresh, id: timeOrderedId(now), webhook, response_status: null, duration_ms: null }));
  await tx.insertInto('registry_webhook_deliveries').values(rows).execute();
}

/** The webhooks that want to hear one of these. */
async function listeners(tx: Writer, names: readonly string[]): Promise<string[]> {
  const active = await tx.selectFrom('registry_webhooks').select(['id', 'events']).where('status', '=', 'ACTIVE').execute();
  return active.filter(({ events }) => names.some((name) => (JSON.parse(events) as string[]).includes(name))).map(({ id }) => id);
}

const isPrompt = (tags: readonly Pair[]): boolean => tags.findLast(({ key }) => key === PROMPT)?.value.toLowerCase() === 'true';

const plain = (tags: readonly Pair[]): Record<string, string> => Object.fromEntries(tags.map(({ key, value }) => [key, value]));
const withoutInner = (tags: readonly Pair[], more: readonly string[] = []): Record<string, string> =>
  plain(tags.filter(({ key }) => !PROMPT_INNER.has(key) && !more.includes(key)));
