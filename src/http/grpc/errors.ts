import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  messageInvalid: {
    code: 'GRPC_MESSAGE_INVALID',
    status: 400,
    message: ({ reason }) => `The request is not a message of this call: ${reason}.`,
  } satisfies ErrorSpec<{ reason: string }>,
});
