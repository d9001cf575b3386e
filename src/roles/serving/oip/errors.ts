import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  unloaded: {
    code: 'MODEL_UNLOADED',
    status: 503,
    message: ({ name }) => `Request for unknown model: '${name}' has no available versions: it was unloaded`,
    hint: 'POST /v2/repository/models/NAME/load loads it again.',
  } satisfies ErrorSpec<{ name: string }>,
  repositoryFailed: {
    code: 'REPOSITORY_OPERATION_FAILED',
    status: 400,
    message: ({ action, name, reason }) => `failed to ${action} '${name}', ${reason}`,
  } satisfies ErrorSpec<{ action: 'load' | 'unload'; name: string; reason: string }>,
});
