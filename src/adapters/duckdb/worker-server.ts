import { parentPort } from 'node:worker_threads';
import { errorToWire } from '#kernel/errors.ts';
import type { Answer, Call } from './worker-client.ts';

export type Handlers = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** Answers calls with the handlers; `close` ends the worker after its answer. */
export function serve(handlers: Handlers, transfer: (value: unknown) => ArrayBuffer[] = () => []): void {
  const port = parentPort!;
  const answer = (message: Answer): void => port.postMessage(message, 'value' in message ? transfer(message.value) : []);
  port.on('message', async ({ id, method, args }: Call) => {
    try {
      answer({ id, value: await handlers[method]!(...(args as never[])) });
    } catch (error) {
      answer({ id, error: errorToWire(error) });
    }
    if (method === 'close') port.close();
  });
}
