import type { Remote } from '#ports/database.ts';
import type { Pair } from '../entities.ts';
import type { RegistryStore } from '../store.ts';
import type { RegistryEvent } from './events.ts';

type Store = Remote<RegistryStore>;

/** Who is told of changes. */
export interface Observer {
  /** Never rejects: a change that was made stays made. */
  announce(event: RegistryEvent): Promise<void>;
  /** Whether anybody listens to one of these: looking up what an event tells is worth it. */
  wanted(...names: readonly string[]): Promise<boolean>;
}

const PROMPT = 'mlflow.prompt.is_prompt';
const PROMPT_TEXT = 'mlflow.prompt.text';
/** Tags of a prompt that its events do not tell (MLflow 3.17, server/handlers.py). */
const PROMPT_INNER = new Set([PROMPT, '_mlflow_prompt_type']);

/** The store, with every change that webhooks know of told after it was made; payloads are those of MLflow 3.17's handlers. */
export function observed(store: Store, observer: Observer): Store {
  const isPromptName = async (name: string) => isPrompt((await store.getModel(name)).tags);
  const tell = async (names: { readonly model: string; readonly prompt: string }, name: string, data: RegistryEvent['data']) => {
    if (!(await observer.wanted(names.model, names.prompt))) return;
    await observer.announce({ name: (await isPromptName(name)) ? names.prompt : names.model, data: { name, ...data } });
  };
  const made: Pick<Store, 'createModel' | 'ensureModel' | 'createVersion'> = {
    createModel: async (fresh) => {
      const model = await store.createModel(fresh);
      await observer.announce(modelCreated(fresh));
      return model;
    },
    ensureModel: async (fresh) => {
      const isNew = await store.ensureModel(fresh);
      if (isNew) await observer.announce(modelCreated(fresh));
      return isNew;
    },
    createVersion: async (fresh) => {
      const version = await store.createVersion(fresh);
      await observer.announce(versionCreated(fresh, String(version.version)));
      return version;
    },
  };
  const changed: Pick<Store, 'setModelTag' | 'deleteModelTag' | 'setVersionTag' | 'deleteVersionTag' | 'setAlias' | 'deleteAlias'> = {
    setModelTag: async (name, tag) => {
      await store.setModelTag(name, tag);
      if ((await observer.wanted('prompt_tag.set')) && (await isPromptName(name))) {
        await observer.announce({ name: 'prompt_tag.set', data: { name, ...tag } });
      }
    },
    deleteModelTag: async (name, key) => {
      const wasPrompt = (await observer.wanted('prompt_tag.deleted')) && (await isPromptName(name));
      await store.deleteModelTag(name, key);
      if (wasPrompt) await observer.announce({ name: 'prompt_tag.deleted', data: { name, key } });
    },
    setVersionTag: async (at, tag) => {
      await store.setVersionTag(at, tag);
      const names = { model: 'model_version_tag.set', prompt: 'prompt_version_tag.set' };
      await tell(names, at.name, { version: String(at.version), ...tag });
    },
    deleteVersionTag: async (at, key) => {
      await store.deleteVersionTag(at, key);
      const names = { model: 'model_version_tag.deleted', prompt: 'prompt_version_tag.deleted' };
      await tell(names, at.name, { version: String(at.version), key });
    },
    setAlias: async (at, act) => {
      const moved = await store.setAlias(at, act);
      const names = { model: 'model_version_alias.created', prompt: 'prompt_alias.created' };
      await tell(names, at.name, { alias: at.alias, version: String(at.version) });
      return moved;
    },
    deleteAlias: async (at, act) => {
      await store.deleteAlias(at, act);
      await tell({ model: 'model_version_alias.deleted', prompt: 'prompt_alias.deleted' }, at.name, { alias: at.alias });
    },
  };
  const told: Readonly<Record<string, unknown>> = { ...made, ...changed };
  return new Proxy(store, { get: (target, name) => (typeof name === 'string' ? told[name] : undefined) ?? Reflect.get(target, name) });
}

const isPrompt = (tags: readonly Pair[]): boolean => tags.findLast(({ key }) => key === PROMPT)?.value.toLowerCase() === 'true';

const plain = (tags: readonly Pair[]): Record<string, string> => Object.fromEntries(tags.map(({ key, value }) => [key, value]));
const withoutInner = (tags: readonly Pair[], more: readonly string[] = []): Record<string, string> =>
  plain(tags.filter(({ key }) => !PROMPT_INNER.has(key) && !more.includes(key)));

interface Made {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly Pair[];
}

function modelCreated({ name, description, tags }: Made): RegistryEvent {
  if (isPrompt(tags)) return { name: 'prompt.created', data: { name, tags: withoutInner(tags), description } };
  return { name: 'registered_model.created', data: { name, tags: plain(tags), description } };
}

function versionCreated(
  { name, description, tags, source, run_id }: Made & { readonly source: string; readonly run_id: string },
  version: string,
): RegistryEvent {
  const at = { name, version };
  if (isPrompt(tags)) {
    const template = tags.findLast(({ key }) => key === PROMPT_TEXT)?.value ?? null;
    const data = { ...at, template, tags: withoutInner(tags, [PROMPT_TEXT]), description: description || null };
    return { name: 'prompt_version.created', data };
  }
  const data = { ...at, source, run_id: run_id || null, tags: plain(tags), description: description || null };
  return { name: 'model_version.created', data };
}
