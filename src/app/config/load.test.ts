import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KnownError } from '#kernel/errors.ts';
import { roles } from '../roles.ts';
import { type ConfigSources, loadConfig } from './load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const load = (sources: Partial<ConfigSources>) => loadConfig(roles, { flags: [], env: {}, ...sources });
const flag = (path: string, value: unknown) => ({ path: path.split('.'), value, from: `--${path}` });

async function yaml(text: string): Promise<string> {
  const file = join(folder, `${Math.random()}.yaml`);
  await writeFile(file, text);
  return file;
}

async function mistakes(sources: Partial<ConfigSources>): Promise<string[]> {
  const error = await load(sources).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KnownError);
  return (error as KnownError).params['problems'] as string[];
}

test('flags win over the environment, that over the file, that over defaults', async () => {
  const file = await yaml('http:\n  port: 1\n  grace_ms: 7\nlog:\n  level: debug\n');
  const env = { TRAINYARD_PORT: '2', TRAINYARD__HTTP__HOST: '127.0.0.2' };
  const { core } = await load({ file, env, flags: [flag('http.port', '3')] });
  expect(core.http).toMatchObject({ port: 3, host: '127.0.0.2', grace_ms: 7 });
  expect([core.log.level, core.data]).toEqual(['debug', './data']);
  expect((await load({ file, env })).core.http.port).toBe(2);
  expect((await load({ file })).core.http.port).toBe(1);
});

test('text becomes what the key wants', async () => {
  const env = {
    TRAINYARD__HTTP__ALLOWED_HOSTS: 'a.example, b.example',
    TRAINYARD__HTTP__CORS_ORIGINS: '["https://c.example"]',
    TRAINYARD__HTTP__TOKEN: '1234567890123456',
    TRAINYARD__SERVING__MAX_BATCH_ROWS: '16',
    TRAINYARD_TARGET: 'ui,tracking',
    LOG_LEVEL: 'WARNING',
    TRAINYARD_DATA: '',
  };
  const { core, roles: sections } = await load({ env });
  expect(core.http).toMatchObject({
    allowed_hosts: ['a.example', 'b.example'],
    cors_origins: ['https://c.example'],
    token: '1234567890123456',
  });
  expect(core.target).toEqual(['ui', 'tracking']);
  expect(core.log.level).toBe('warn');
  expect(sections['serving']).toMatchObject({ max_batch_rows: 16 });
});

test('every mistake is told at once, with the place where it was made', async () => {
  const file = await yaml('http:\n  prot: 1\nlog:\n  level: loud\nnonsense: 1\n');
  const env = { TRAINYARD_PORT: '99999', TRAINYARD__NO__KEY: '1', TRAINYARD__HTTP__TO_STRING: '1', TRAINYARD__CONSTRUCTOR: '1' };
  const told = await mistakes({ file, env, flags: [flag('serving.max_batch_rows', 'many')] });
  const text = told.join('\n');
  for (const part of [
    'http.prot',
    'log.level',
    'nonsense',
    'http.port (TRAINYARD_PORT)',
    'TRAINYARD__NO__KEY',
    'TRAINYARD__HTTP__TO_STRING',
    'TRAINYARD__CONSTRUCTOR',
    'serving.max_batch_rows',
  ])
    expect(text).toContain(part);
  expect(told.length).toBe(8);
});

test('a mistake is told with what was given, what is allowed and what may have been meant', async () => {
  const file = await yaml('http:\n  prot: 1\nservingg: {}\n');
  const env = { TRAINYARD__HTTP__GRACE_M: '1', TRAINYARD__DATABASE__POOL_SIZE: 'ten' };
  expect(await mistakes({ file, env, flags: [flag('http.port', '99999')] })).toEqual([
    'TRAINYARD__HTTP__GRACE_M: there is no key http.grace_m; did you mean http.grace_ms?',
    expect.stringMatching(/^http\.port \(--http\.port\): Too big: .*65535, given 99999$/u),
    'http.prot: there is no such key; did you mean http.port?',
    expect.stringMatching(/^database\.pool_size \(TRAINYARD__DATABASE__POOL_SIZE\): expected number, received string, given "ten"$/u),
    'servingg: there is no such key',
  ]);
  expect(await mistakes({ file: join(folder, 'none.yaml') })).toEqual([expect.stringMatching(/none\.yaml: there is no such file$/u)]);
});

test('a file that is none, or no YAML, or no keys, is a mistake and not a crash', async () => {
  expect(await mistakes({ file: join(folder, 'none.yaml') })).toEqual([expect.stringContaining('none.yaml')]);
  expect(await mistakes({ file: await yaml('a: [1\n b') })).toEqual([expect.stringContaining('.yaml')]);
  expect(await mistakes({ file: await yaml('- 1\n') })).toEqual([expect.stringContaining('keys and values')]);
  expect((await load({ file: await yaml('# nothing\n') })).core.http.port).toBe(8000);
});

test('the values of secrets are not in the mistakes', async () => {
  expect((await mistakes({ env: { TRAINYARD_TOKEN: 'geheim' } })).join()).not.toContain('geheim');
});

test('a configuration cannot be changed', async () => {
  const { core } = await load({});
  expect(() => Object.assign(core.http, { port: 1 })).toThrow(TypeError);
});

test("MLflow's variables for webhooks mean ours, in MLflow's words", async () => {
  const env = {
    MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'True',
    MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https',
    MLFLOW_WEBHOOK_REQUEST_TIMEOUT: '7',
    MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES: '0',
  };
  const wanted = { allow_private_ips: true, allowed_schemes: ['http', 'https'], timeout_ms: 7000, max_retries: 0 };
  expect((await load({ env })).roles['registry']?.['webhooks']).toMatchObject(wanted);
  expect(await mistakes({ env: { MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'ftp' } })).toHaveLength(1);
});

const OTEL_RECEIVER = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

test.each<[string, Record<string, string>, object, string[]]>([
  ['what can be heeded', { ...OTEL_RECEIVER, OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_TRACES_EXPORTER: 'console, OTLP' }, { delay_ms: 50 }, []],
  ['JSON, whose receivers take the other form too', { ...OTEL_RECEIVER, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, {}, []],
  [
    'its own protocol for traces',
    { ...OTEL_RECEIVER, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' },
    {},
    ['OTEL_EXPORTER_OTLP_PROTOCOL'],
  ],
  [
    'values that are none',
    { ...OTEL_RECEIVER, OTEL_BSP_SCHEDULE_DELAY: 'soon', OTEL_TRACES_SAMPLER: 'jaeger_remote', OTEL_TRACES_SAMPLER_ARG: 'endpoint=x' },
    { delay_ms: 5000, sampler: 'parentbased_always_on', sample_ratio: 1 },
    ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG', 'OTEL_BSP_SCHEDULE_DELAY'],
  ],
])("OpenTelemetry's variables send traces: %s", async (_, env, wanted, ignored) => {
  const told: string[] = [];
  const { core } = await load({ env, warn: (variable) => told.push(variable) });
  expect(core.tracing).toMatchObject({
    exporter: 'otlp',
    protocol: 'http/protobuf',
    endpoint: 'http://collector:4318/v1/traces',
    ...wanted,
  });
  expect(told).toEqual(ignored);
});

test.each<[string, Record<string, string>]>([
  ['another exporter', { OTEL_TRACES_EXPORTER: 'console' }],
  ['another protocol', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
  ['another protocol of traces', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' }],
  ['no address', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector' }],
])("OpenTelemetry's variables that mean other programs send nothing and stop nothing: %s", async (_, env) => {
  const told: string[] = [];
  const host = { ...OTEL_RECEIVER, ...env };
  const { core } = await load({ env: host, warn: (variable) => told.push(variable) });
  expect(core.tracing).toMatchObject({ exporter: 'otlp', protocol: 'http/protobuf', endpoint: '' });
  expect(told).toEqual([Object.keys(env).at(-1)]);
  const ours = { ...host, TRAINYARD__TRACING__ENDPOINT: 'http://mine:4318/v1/traces' };
  expect((await load({ env: ours })).core.tracing.endpoint).toBe('http://mine:4318/v1/traces');
});

test('in our own keys what cannot be done is a mistake', async () => {
  expect(await mistakes({ env: { TRAINYARD__TRACING__PROTOCOL: 'grpc' } })).toHaveLength(1);
});
