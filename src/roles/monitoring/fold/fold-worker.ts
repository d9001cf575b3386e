import { parentPort } from 'node:worker_threads';
import { errorToWire } from '#kernel/errors.ts';
import { giveWay } from '#kernel/thread-priority.ts';
import type { FoldCall, FoldReply } from './fold-thread.ts';
import { Folder } from './folder.ts';

// Reading and counting events costs a few microseconds each: here they do not come out of the loop that answers predictions.

giveWay(10);

const folder = new Folder();

parentPort?.on('message', (call: FoldCall) => {
  if (call.kind === 'plan') folder.plan(call.plan);
  else if (call.kind === 'leave-out') folder.leaveOut(call.deployment, call.ids);
  else parentPort?.postMessage(answer(call));
});

function answer({ id, request }: Extract<FoldCall, { kind: 'fold' }>): FoldReply {
  try {
    return { id, answer: folder.fold(request) };
  } catch (error) {
    return { id, error: errorToWire(error) };
  }
}
