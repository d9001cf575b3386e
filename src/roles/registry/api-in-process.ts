import { pythonJson } from '#contract/http/mlflow/python-json.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Remote } from '#ports/database.ts';
import type { TrackingApi } from '../tracking/api.ts';
import type { RegistryApi, ResolvedVersion } from './api.ts';
import type { Changes } from './changes.ts';
import type { Version } from './entities.ts';
import { fail } from './errors.ts';
import { canonicalStage, checkModelName, checkNewAlias, checkTag, versionNumber } from './names.ts';
import { parseReference } from './references/parse.ts';
import { resolveSource } from './references/source.ts';
import type { RegistryStore } from './store.ts';

interface Parts {
  readonly store: Remote<RegistryStore>;
  readonly tracking: TrackingApi;
  readonly changes: Changes;
  readonly clock: Clock;
}

/** What other roles call, over the same store as the endpoints. */
export function registryApi({ store, tracking, changes, clock }: Parts): Omit<RegistryApi, 'mlflow'> {
  const resolve = async (reference: string) => resolved(await versionOf(store, reference));
  const versionLocation = async (reference: string) => {
    const { storage_location, run_id } = await versionOf(store, reference);
    return { location: storage_location, runId: run_id };
  };
  return {
    ensureModel: async (name, description) => {
      checkModelName(name);
      await store.ensureModel({ name, description: description ?? '', tags: [], now: clock.now() });
    },
    createVersion: async ({ name, source, runId = '', modelId = '', description = '', tags = {} }) => {
      const place = await resolveSource({ source, runId, modelId }, { tracking, strict: false, versionLocation });
      const pairs = Object.entries(tags).map(([key, value]) => ({ key, value }));
      pairs.forEach(checkTag);
      const fresh = {
        name,
        source,
        storage_location: place.storageLocation,
        run_id: place.runId,
        run_link: '',
        model_id: modelId,
        description,
      };
      const { version } = await store.createVersion({ ...fresh, tags: pairs, now: clock.now() });
      if (modelId) await linkModel(tracking, modelId, { name, version });
      return { version: String(version) };
    },
    resolve,
    setAlias: async ({ name, alias, version, by = '', reason = '' }) => {
      checkNewAlias(alias);
      const moved = await store.setAlias({ name, alias, version: versionNumber(version) }, { by, reason, now: clock.now() });
      return { from: moved.from === null ? null : String(moved.from), to: String(moved.to) };
    },
    aliasHistory: (name, alias) => store.aliasHistory(name, alias),
    revision: () => changes.revision(),
    waitForChange: (since, timeoutMs, signal) => changes.waitFor(since, timeoutMs, signal),
    listModels: async () => {
      const models = await store.listModels();
      return models.map(({ name, versions, aliases }) => ({
        name,
        versions,
        aliases: Object.fromEntries(aliases.map(({ alias, version }) => [alias, version])),
      }));
    },
  };
}

/** @throws REGISTRY_REFERENCE_INVALID, REGISTRY_MODEL_NOT_FOUND, REGISTRY_VERSION_NOT_FOUND, REGISTRY_ALIAS_NOT_FOUND, REGISTRY_STAGE_EMPTY */
export async function versionOf(store: Remote<RegistryStore>, reference: string): Promise<Version> {
  const parsed = parseReference(reference);
  if ('version' in parsed) return store.getVersion(parsed.name, parsed.version);
  if ('alias' in parsed) return aliasedVersion(store, parsed.name, parsed.alias);
  const { name, stage } = parsed;
  if (stage.toLowerCase() === 'latest') return newestVersion(store, name);
  const found = (await store.latestVersions(name, [canonicalStage(stage)])).at(-1);
  if (!found) throw fail.stageEmpty({ name, stage });
  return found;
}

/** `latest` is no alias, but reads as one. */
export function aliasedVersion(store: Remote<RegistryStore>, name: string, alias: string): Promise<Version> {
  return alias.toLowerCase() === 'latest' ? newestVersion(store, name) : store.getVersionByAlias(name, alias);
}

async function newestVersion(store: Remote<RegistryStore>, name: string): Promise<Version> {
  const newest = (await store.latestVersions(name, [])).at(-1);
  if (!newest) throw fail.versionNotFound({ name, version: 'latest' });
  return newest;
}

/** Notes on the logged model which versions were made of it, where MLflow's pages and clients look for it. */
export async function linkModel(
  tracking: TrackingApi,
  modelId: string,
  version: { readonly name: string; readonly version: number },
): Promise<void> {
  const model = await tracking.getLoggedModel(modelId);
  if (!model) return;
  await tracking.setLoggedModelTags(modelId, {
    'mlflow.modelVersions': pythonJson([...listOf(model.tags['mlflow.modelVersions']), version]),
  });
}

/** Anybody may have set the tag to anything. */
function listOf(text: string | undefined): unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function resolved(version: Version): ResolvedVersion {
  return {
    name: version.name,
    version: String(version.version),
    run_id: version.run_id || null,
    download_uri: version.storage_location,
    created_ms: version.creation_time,
    updated_ms: version.last_update_time,
    description: version.description,
    stage: version.stage,
    aliases: version.aliases,
    tags: Object.fromEntries(version.tags.map(({ key, value }) => [key, value])),
  };
}
