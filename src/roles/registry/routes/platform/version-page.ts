import { VersionAt, VersionPage } from '#contract/http/platform/registry.ts';
import type { ServingApi } from '../../../serving/api.ts';
import type { TrackingApi } from '../../../tracking/api.ts';
import { versionNumber } from '../../names.ts';
import { platformRoute } from '../../route.ts';

/** GET /api/v1/registry/versions/{name}/{version} */
export const versionPage = platformRoute({
  method: 'GET',
  path: '/api/v1/registry/versions/:name/:version',
  summary: 'A version with its run and data, the moves of its aliases, and the deployments that serve it',
  access: 'viewer',
  input: VersionAt,
  answer: VersionPage,
  async handle({ store, tracking, serving }, { name, version }): Promise<VersionPage> {
    const number = versionNumber(version);
    const found = await store.getVersion(name, number);
    const [run, moves, deployments] = await Promise.all([
      runOf(tracking, found.run_id),
      store.versionMoves(name, number),
      deploymentsOf(await serving(), name, String(number)),
    ]);
    return {
      name,
      version: String(number),
      description: found.description,
      stage: found.stage,
      source: found.source,
      download_uri: found.storage_location,
      created_at: time(found.creation_time),
      updated_at: time(found.last_update_time),
      aliases: [...found.aliases],
      tags: Object.fromEntries(found.tags.map(({ key, value }) => [key, value])),
      run,
      alias_moves: moves.map(({ at_ms, ...move }) => ({ ...move, at: time(at_ms) })),
      deployments,
    };
  },
});

const time = (ms: number): string => new Date(ms).toISOString();

async function runOf(tracking: TrackingApi, runId: string): Promise<VersionPage['run']> {
  const run = runId === '' ? undefined : await tracking.getRun(runId);
  if (!run) return null;
  const { run_id, run_name, experiment_id, status, params, metrics, datasets } = run;
  const times = { started_at: time(run.start_time), ended_at: run.end_time === null ? null : time(run.end_time) };
  return { run_id, run_name, experiment_id, status, ...times, params, metrics, datasets: [...datasets] };
}

/** Also of variants that still load it. */
async function deploymentsOf(serving: ServingApi | undefined, name: string, version: string): Promise<VersionPage['deployments']> {
  const all = await serving?.list().catch(() => undefined);
  if (!all) return null;
  return all.flatMap(({ name: deployment, is_default, variants }) =>
    variants
      .filter((v) => v.model_name === name && (v.version === version || v.desired_version === version))
      .map(({ name: variant, role, model, state, loaded_at, ...v }) => {
        const is_live = v.version === version;
        return { deployment, is_default, variant, role, model, state, is_live, loaded_at: is_live ? loaded_at : null };
      }),
  );
}
