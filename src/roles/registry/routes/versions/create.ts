import { CreateModelVersion } from '#contract/http/mlflow/registry/models.ts';
import { linkModel, versionOf } from '../../api-in-process.ts';
import { fail } from '../../errors.ts';
import { checkModelName, checkTag } from '../../names.ts';
import { resolveSource } from '../../references/source.ts';
import { registryRoute } from '../../route.ts';
import { versionToWire } from '../../wire.ts';

/** Prompts have no files: their source is a placeholder. */
const isPrompt = (tags: readonly { readonly key: string; readonly value: string }[]): boolean =>
  tags.some(({ key, value }) => key === 'mlflow.prompt.is_prompt' && value.toLowerCase() === 'true');

/** POST /api/2.0/mlflow/model-versions/create */
export const createVersion = registryRoute({
  method: 'POST',
  path: '/mlflow/model-versions/create',
  summary: 'Add a version to a registered model',
  access: 'editor',
  input: CreateModelVersion,
  async handle({ store, tracking, clock, sources }, { name, source, run_id, model_id, tags, run_link, description }) {
    checkModelName(name);
    if (sources.pattern && !sources.pattern.test(source)) throw fail.sourceInvalid({ source, why: '' });
    tags?.forEach(checkTag);
    const [runId, modelId] = [run_id ?? '', model_id ?? ''];
    const versionLocation = async (reference: string) => {
      const version = await versionOf(store, reference);
      return { location: version.storage_location, runId: version.run_id };
    };
    const place = isPrompt(tags ?? [])
      ? { storageLocation: source, runId }
      : await resolveSource({ source, runId, modelId }, { tracking, strict: sources.strict, versionLocation });
    const fresh = {
      name,
      source,
      storage_location: place.storageLocation,
      run_id: place.runId,
      run_link: run_link ?? '',
      model_id: modelId,
    };
    const version = await store.createVersion({ ...fresh, description: description ?? '', tags: tags ?? [], now: clock.now() });
    if (modelId) await linkModel(tracking, modelId, { name, version: version.version });
    return { model_version: versionToWire(version) };
  },
});
