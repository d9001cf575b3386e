import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAnalytics } from '#adapters/duckdb/analytics.ts';
import { openTables } from '#adapters/duckdb/tables.ts';
import { openSegmentLog } from '#adapters/segment-log/open.ts';
import { openSqlite } from '#adapters/sqlite/open.ts';
import type { FeatureValue, PredictionData } from '#contract/events.ts';
import type { ModelSchema, ReferenceProfile } from '#contract/model-schema.ts';
import { Guard } from '#http/guard.ts';
import { Metrics } from '#http/metrics.ts';
import { HttpServer } from '#http/server.ts';
import { systemClock } from '#kernel/clock.ts';
import { KnownError } from '#kernel/errors.ts';
import { timeOrderedId } from '#kernel/ids.ts';
import { silentLogger } from '#kernel/logger.ts';
import type { RunningRole } from '#roles/define-role.ts';
import type { EventsApi } from '#roles/events/api.ts';
import eventsRole from '#roles/events/role.ts';
import monitoringRole from '#roles/monitoring/role.ts';
import type { DeploymentView, ServingApi } from '#roles/serving/api.ts';

/** A deployment that serves nothing: its predictions are written to the log by the test. */
export interface WatchedDeployment {
  readonly name: string;
  readonly schema: ModelSchema;
  readonly isDefault?: boolean;
  readonly shadow?: boolean;
  readonly profile?: ReferenceProfile;
}

export interface NewPrediction {
  readonly deployment: string;
  readonly features: Readonly<Record<string, FeatureValue>>;
  readonly prediction: number | string | null;
  readonly key?: string;
  readonly atMs?: number;
  /** Answer of the shadow to the same row. */
  readonly shadow?: number | string;
}

type Json = Record<string, never> & { readonly [name: string]: unknown };

/** The roles events and monitoring on embedded adapters, behind the real server. */
export async function startWatched(deployments: readonly WatchedDeployment[]) {
  const dir = await mkdtemp(join(tmpdir(), 'trainyard-watched-'));
  const logger = silentLogger;
  const [eventLog, analytics, database] = await Promise.all([
    openSegmentLog({ dir: join(dir, 'events'), durability: 'os', logger }),
    openAnalytics({ path: join(dir, 'analytics.duckdb'), logger }),
    openSqlite({ path: join(dir, 'test.db') }),
  ]);
  const tables = openTables({ logger });
  const metrics = new Metrics();
  const abort = new AbortController();
  const serving: ServingApi = {
    log: eventLog,
    list: async () => deployments.map(viewOf),
    get: async (name) => deployments.filter((d) => d.name === name).map(viewOf)[0],
    put: async () => Promise.reject(new Error('not here')),
  };
  const peers = {
    serving,
    tracking: { getRun: async () => undefined },
    registry: {
      resolve: async (reference: string) => ({ download_uri: reference, run_id: 'run-1', version: '1' }),
      listModels: async () => deployments.map(({ name }) => ({ name, versions: 1, aliases: {} })),
    },
    artifacts: { read: async (uri: string) => profileAt(deployments, uri) },
  };
  const shared = {
    platform: { version: '0', dataDir: dir, url: () => '', workerLogs: [] },
    logger,
    clock: systemClock,
    metrics,
    signal: abort.signal,
  };
  const events = (await (
    await eventsRole.load()
  ).start({
    ...shared,
    config: eventsRole.config.parse({}),
    ports: { eventLog, analytics },
    peers,
  } as never)) as RunningRole<EventsApi>;
  const monitoring = await (await monitoringRole.load()).start({
    ...shared,
    config: monitoringRole.config.parse({ refresh_ms: 1000 }),
    ports: { database, tables },
    peers: { ...peers, events: events.api },
  } as never);
  const server = new HttpServer({
    guard: new Guard({ loopback: true, allowedHosts: [], corsOrigins: [] }),
    logger,
    metrics,
    maxBodyBytes: 32 * 1024 * 1024,
  });
  server.add([...events.routes, ...monitoring.routes]);
  const url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
  monitoring.listening?.();
  const call = async (method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: Json }> => {
    const text = typeof body === 'string';
    const headers = body === undefined ? {} : { 'content-type': text ? 'text/csv' : 'application/json' };
    const response = await fetch(url + path, { method, headers, body: body === undefined ? null : text ? body : JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Json };
  };
  return {
    url,
    metrics,
    events: events.api as EventsApi,
    /** Writes predictions as serving would. Gives their ids. */
    predict: async (rows: readonly NewPrediction[]): Promise<string[]> => {
      const data = rows.map((row) => dataOf(row, deployments));
      await eventLog.append(data.flat().map(({ atMs, ...event }) => recordOf(event, atMs)));
      return data.map(([first]) => (first as PredictionData).prediction_id);
    },
    get: async (path: string) => (await call('GET', path)).body,
    call,
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await server.stop(1000);
      await monitoring.stop();
      await events.stop();
      await Promise.all([eventLog.close(), analytics.close(), database.close(), tables.close()]);
      await rm(dir, { recursive: true });
    },
  };
}

function viewOf({ name, schema, isDefault = false, shadow = false }: WatchedDeployment): DeploymentView {
  const variant = {
    model: `models:/${name}@production`,
    model_name: name,
    desired_version: '1',
    run_id: null,
    state: 'ready',
    loaded_at: null,
  } as const;
  const variants = [
    { ...variant, name: 'primary', role: 'primary', version: '1' } as const,
    ...(shadow ? [{ ...variant, name: 'shadow', role: 'shadow', version: '2' } as const] : []),
  ];
  return { name, is_default: isDefault, variants, schema, takes: 'rows', created_at: '', updated_at: '' };
}

async function profileAt(deployments: readonly WatchedDeployment[], uri: string): Promise<Uint8Array> {
  const profile = deployments.find(({ name }) => uri.startsWith(`models:/${name}/`))?.profile;
  if (!profile) throw new KnownError({ code: 'ARTIFACT_NOT_FOUND', status: 404, message: () => 'none' }, {});
  return Buffer.from(JSON.stringify(profile));
}

function dataOf(row: NewPrediction, deployments: readonly WatchedDeployment[]): (PredictionData & { atMs: number })[] {
  const atMs = row.atMs ?? Date.now();
  const task = deployments.find(({ name }) => name === row.deployment)?.schema.task ?? 'other';
  const { deployment, features, prediction } = row;
  const common = {
    request_id: timeOrderedId(atMs),
    row: 0,
    deployment,
    model_name: deployment,
    features,
    task,
    status: prediction === null ? 'error' : 'ok',
    atMs,
  } as const;
  const prediction_id = timeOrderedId(atMs);
  const primary = {
    ...common,
    prediction_id,
    role: 'primary',
    model_version: '1',
    prediction,
    duration_ms: 1,
    ...(row.key === undefined ? {} : { key: row.key }),
  } as const;
  if (row.shadow === undefined) return [primary];
  return [
    primary,
    {
      ...common,
      prediction_id: timeOrderedId(atMs),
      role: 'shadow',
      model_version: '2',
      prediction: row.shadow,
      duration_ms: 2,
      paired_with: prediction_id,
    },
  ];
}

function recordOf(data: PredictionData, atMs: number): Uint8Array {
  const time = new Date(atMs).toISOString();
  return Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: data.prediction_id,
      source: `/deployments/${data.deployment}`,
      type: 'trainyard.prediction',
      time,
      subject: data.prediction_id,
      data,
    }),
  );
}
