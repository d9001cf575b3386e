import { z } from 'zod';
import { optional } from '#contract/http/mlflow/fields.ts';
import { refuse } from '#http/mlflow/input.ts';
import { safeFilePath } from '../../paths.ts';
import { artifactsRoute, runUri } from '../../route.ts';

const MOST_BYTES = 10 * 1024 * 1024;

/** POST /ajax-api/2.0/mlflow/upload-artifact?run_uuid=&path=: how MLflow's pages add small files. */
export const uploadToRun = artifactsRoute({
  method: 'POST',
  path: '/mlflow/upload-artifact',
  mounts: ['/ajax-api/2.0', '/ajax-api/3.0'],
  summary: 'Add a file of at most 10 MB to a run',
  access: 'editor',
  body: 'stream',
  input: z.object({ run_uuid: optional, path: optional }),
  async handle(deps, { run_uuid, path }, { stream, headers }) {
    if (!run_uuid) throw refuse('Request must specify run_uuid.');
    if (!path) throw refuse('Request must specify path.');
    if (Number(headers['content-length'] ?? 0) > MOST_BYTES) throw refuse('Artifact size is too large. Max size is 10MB.');
    const safe = safeFilePath(path);
    const stored = await deps.at(await runUri(deps, run_uuid)).put(safe, limited(stream));
    if (stored === 0) throw refuse('Request must specify data.');
    return {};
  },
});

async function* limited(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > MOST_BYTES) throw refuse('Artifact size is too large. Max size is 10MB.');
    yield part;
  }
}
