import { z } from 'zod';
import { CompatName } from '#contract/http/platform/deployments.ts';
import { defineRole } from '#roles/define-role.ts';
import { deploymentStore } from './stores.ts';

export default defineRole({
  name: 'serving',
  summary: 'Answers predictions from ONNX models, primary and shadow, and records every one',
  config: z.object({
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(256)])
      .default(1)
      .describe(
        'Processes that answer predictions on the one port; 1 answers in the main process, `auto` takes as many as there are cores. More than one needs Linux.',
      ),
    max_batch_rows: z.int().min(1).max(100_000).default(256).describe('Most rows that run together in one call of the engine.'),
    max_queue_rows: z.int().min(1).default(20_000).describe('Rows that may wait for a model; more are refused with 429.'),
    max_queue_bytes: z
      .int()
      .min(1024)
      .default(134_217_728)
      .describe('Size of the requests that may wait for a model, bytes; more are refused with 429.'),
    max_queue_ms: z
      .int()
      .min(1)
      .default(5_000)
      .describe(
        'Longest that rows may be expected to wait for their turn, milliseconds, as fast as the model has been; more are refused with 429.',
      ),
    shadow_queue_rows: z.int().min(1).default(5_000).describe('Rows that may wait for a shadow; more are dropped and counted.'),
    max_rows_per_request: z.int().min(1).default(10_000).describe('Most rows in one request.'),
    compat: CompatName.optional().describe('Reference system as which the default deployment answers, where it does not say so itself.'),
    grpc_port: z
      .union([z.int().min(0).max(65535), z.literal('off')])
      .optional()
      .describe('Port of the inference protocol over gRPC; 0 picks a free one, `off` opens none. Unset: 8001 if it is free.'),
    timeout_ms: z
      .int()
      .min(1)
      .default(30_000)
      .describe('Longest that rows may wait for their turn, milliseconds; later they are refused with 504. Requests may ask for less.'),
    max_tensor_bytes: z.int().min(1024).default(67_108_864).describe('Largest inference request in tensors, on REST and gRPC, bytes.'),
    idempotency_entries: z.int().min(1).default(10_000).describe('Answers that are remembered by Idempotency-Key.'),
    idempotency_bytes: z.int().min(1024).default(33_554_432).describe('Memory for answers that are remembered by Idempotency-Key, bytes.'),
    python: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe(
            'Serve scikit-learn models and MLflow pyfuncs in Python processes. Such models are programs: they can do what this user can.',
          ),
        executable: z.string().min(1).default('python3').describe('Python interpreter with the packages of the models.'),
        memory_bytes: z.int().min(134_217_728).default(4_294_967_296).describe('Most address space of one such process, bytes.'),
        timeout_ms: z
          .int()
          .min(1)
          .default(30_000)
          .describe('Longest that one batch may take before the process is started again, milliseconds.'),
        load_timeout_ms: z.int().min(1).default(60_000).describe('Longest that a model may take to load, milliseconds.'),
      })
      .prefault({}),
    memory_bytes: z
      .int()
      .min(0)
      .default(0)
      .describe(
        'Most memory of models in one process, bytes, as measured when each was tried; above it versions that no deployment serves are unloaded, then shadows. 0: no bound.',
      ),
    cache_bytes: z
      .int()
      .min(0)
      .default(4_294_967_296)
      .describe(
        'Files of deployed models that are kept in the data folder, so that serving goes on and starts while registry or store is down, bytes; 0 keeps none.',
      ),
    triton_metrics: z
      .boolean()
      .default(false)
      .describe('Also show the metrics of deployments under the names of Triton (`nv_inference_*`).'),
    max_upload_bytes: z
      .int()
      .min(1024)
      .default(268_435_456)
      .describe(
        'Largest ONNX file that is taken by upload to a deployment, and all that are taken at once, bytes; larger ones are registered with `trainyard register`.',
      ),
    max_body_bytes: z.int().min(1024).default(8_388_608).describe('Largest body of a prediction request, bytes.'),
  }),
  needs: ['database', 'eventLog', 'inference', 'pythonModels', 'tracing'],
  stores: [deploymentStore],
  peers: ['registry', 'artifacts'],
  asks: ['tracking'],
  prefixes: [
    '/predict',
    'POST /deployments',
    '/api/v1/deployments',
    '/model-info',
    '/reload_model',
    '/v2',
    '/v1/models',
    'POST /invocations',
    '/ping',
  ],
  load: () => import('./start.ts'),
});
