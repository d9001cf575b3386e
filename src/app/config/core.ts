import { z } from 'zod';
import { Intake } from '#http/limits/intake.ts';
import { TracingConfig } from './tracing.ts';

/** Settings of the program itself; each role adds a section under its own name. */
export const CoreConfig = z.strictObject({
  data: z.string().default('./data').describe('Folder that holds everything: databases, artifacts, event log. One process owns it.'),
  target: z.array(z.string()).default(['all']).describe('Roles that this process runs: `all`, `api`, `worker` or names of roles.'),
  peers: z.record(z.string(), z.url()).default({}).describe('Where roles run that this process does not run itself, by role name.'),
  http: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address to listen on. Anything but loopback needs a token.'),
      port: z.int().min(0).max(65535).default(8000).describe('Port to listen on; 0 picks a free one.'),
      max_body_bytes: z
        .int()
        .min(1024)
        .default(33_554_432)
        .describe('Largest JSON body, bytes. Artifact uploads are streamed and not limited by it.'),
      max_inflight_bytes: z
        .int()
        .min(1024)
        .default(268_435_456)
        .describe(
          'Most bytes of requests that one process holds at once, over HTTP and gRPC together; more are refused with 429 (RESOURCE_EXHAUSTED). Streamed artifacts do not count.',
        ),
      body_timeout_ms: z
        .int()
        .min(100)
        .default(60_000)
        .describe(
          'Longest time that the body of a request may take to come, milliseconds. Streamed artifacts may take as long as they do.',
        ),
      stall_timeout_ms: z
        .int()
        .min(100)
        .default(60_000)
        .describe('After this a connection is cut whose client reads nothing of its answer, milliseconds.'),
      allowed_hosts: z.array(z.string()).default([]).describe('Host names that requests may be addressed to, beside loopback names.'),
      cors_origins: z.array(z.string()).default([]).describe('Origins of other web pages that may call this server; `*` for all.'),
      grace_ms: z.int().min(0).default(10_000).describe('At a stop: how long running requests may take to end, milliseconds.'),
      token_file: z.string().optional().describe('File with the access token; made with a random token (mode 0600) where it is missing.'),
      token: z
        .string()
        .min(16)
        .optional()
        .meta({ secret: true })
        .describe('Access token (TRAINYARD_TOKEN): sent as Bearer, or as the password of Basic authentication.'),
    })
    .prefault({}),
  database: z
    .strictObject({
      url: z
        .string()
        .default('')
        .meta({ secret: true })
        .describe(
          '`postgresql://…`, `sqlite:///FILE`, a folder, or empty for SQLite in the data folder (DATABASE_URL, MLFLOW_BACKEND_STORE_URI).',
        ),
      pool_size: z.int().min(1).max(200).default(10).describe('PostgreSQL connections of this process.'),
    })
    .prefault({}),
  blobs: z
    .strictObject({
      root: z
        .string()
        .default('')
        .describe(
          'Where artifacts are kept: a folder or `s3://BUCKET/PREFIX`; empty for `artifacts` in the data folder (MLFLOW_ARTIFACTS_DESTINATION).',
        ),
      endpoint: z
        .string()
        .default('')
        .describe('Address of an S3 store that is not AWS (MLFLOW_S3_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL).'),
      public_endpoint: z
        .string()
        .default('')
        .describe('Address under which clients reach the S3 store, for signed URLs, where it differs from `endpoint`.'),
      ignore_tls: z
        .boolean()
        .default(false)
        .describe(
          'Take any certificate of the S3 store, also a self-signed one (MLFLOW_S3_IGNORE_TLS). Only for tests and closed networks.',
        ),
      region: z.string().default('').describe('Region of the bucket (AWS_REGION, AWS_DEFAULT_REGION); empty for that of the AWS profile.'),
      create_bucket: z.boolean().default(false).describe('Make the bucket at the start where it is missing.'),
      upload_args: z
        .record(z.string(), z.string())
        .default({})
        .describe('Further parameters of S3 uploads, such as `{"ServerSideEncryption": "aws:kms"}` (MLFLOW_S3_UPLOAD_EXTRA_ARGS).'),
    })
    .prefault({}),
  event_log: z
    .strictObject({
      durability: z
        .enum(['none', 'os', 'disk'])
        .default('os')
        .describe(
          'What an acknowledged prediction survives: `os` the end of the process, `disk` a power failure, `none` nothing (benchmarks).',
        ),
      segment_bytes: z.int().min(65_536).default(67_108_864).describe('Size at which a new segment file is begun, bytes.'),
    })
    .prefault({}),
  inference: z
    .strictObject({
      load_timeout_ms: z
        .int()
        .min(100)
        .default(60_000)
        .describe('Longest that an ONNX model may take to load and to be tried, milliseconds.'),
      run_timeout_ms: z
        .int()
        .min(100)
        .default(30_000)
        .describe('Longest that a batch may take in a process that holds an ONNX model, milliseconds; then the process is started again.'),
      process_bytes: z
        .int()
        .min(134_217_728)
        .default(4_294_967_296)
        .describe('Most memory of a process that tries or holds an ONNX model, bytes; above it the process is ended.'),
    })
    .prefault({}),
  tracing: TracingConfig,
  analytics: z.strictObject({ memory_limit: z.string().default('512MB').describe('Most memory that DuckDB may use.') }).prefault({}),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least severe lines that are written (LOG_LEVEL).'),
      format: z.enum(['auto', 'json', 'pretty']).default('auto').describe('`auto` writes JSON lines, and for people on a terminal.'),
    })
    .prefault({}),
});
export type CoreConfig = z.infer<typeof CoreConfig>;

/** What the servers of a process hold callers to, over all protocols. */
export interface HttpLimits {
  readonly maxBodyBytes: number;
  readonly bodyMs: number;
  readonly stallMs: number;
  readonly intake: Intake;
}

/** To be made once in a process: what requests hold is counted over all its servers. */
export function httpLimits({ http }: CoreConfig): HttpLimits {
  return {
    maxBodyBytes: http.max_body_bytes,
    bodyMs: http.body_timeout_ms,
    stallMs: http.stall_timeout_ms,
    intake: new Intake(http.max_inflight_bytes),
  };
}
