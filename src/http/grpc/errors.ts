import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  messageInvalid: {
    code: 'GRPC_MESSAGE_INVALID',
    status: 400,
    message: ({ reason }) => `The request is not a message of this call: ${reason}.`,
  } satisfies ErrorSpec<{ reason: string }>,
  streamEnded: {
    code: 'GRPC_STREAM_ENDED',
    status: 503,
    message: () => 'This server stops. Every answer that is missing from this stream was never begun: open the stream anew.',
  } satisfies ErrorSpec<Record<string, never>>,
});
