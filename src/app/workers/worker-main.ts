// The entry of a serving worker. It lives as long as the channel to the main process, and does what that one orders: what takes time one after the other.
import { type Server, Socket } from 'node:net';
import { collectWhenIdle } from '#kernel/heap.ts';
import { openLogger } from '../logger.ts';
import type { Begin, Order, OrderMessage, WorkerMessage } from './orders.ts';
import { startWorker, type Worker } from './worker.ts';

let worker: Worker | undefined;
let orders: Promise<unknown> = Promise.resolve();

/**
 * What does not wait for a model that is being loaded: questions, and what moves the listening socket. A socket that has come accepts connections at once,
 * so it must be served in the same turn of the loop.
 */
const IMMEDIATE: ReadonlySet<Order['kind']> = new Set(['metrics', 'report', 'take', 'give', 'connect']);

const send = (message: WorkerMessage, handle?: Server): void => void process.send?.(message, handle);

async function begin(order: Begin): Promise<void> {
  const logger = openLogger(order.config.core.log).child({ worker: process.pid });
  worker = await startWorker(order, logger);
  collectWhenIdle();
}

async function obey({ id, order }: OrderMessage, handle: Server | Socket | undefined): Promise<void> {
  const done: WorkerMessage = { kind: 'done', id };
  if (order.kind === 'begin') await begin(order);
  if (!worker) throw new Error('the worker has not begun');
  if (order.kind === 'give') return send(done, worker.acceptor);
  if (order.kind === 'take' && handle) worker.take(handle as Server);
  if (order.kind === 'connect' && handle instanceof Socket) worker.connect(handle);
  if (order.kind === 'follow') await worker.follow(order.state);
  if (order.kind === 'leave') await worker.leave(order);
  if (order.kind === 'report') return send({ ...done, report: worker.report() });
  send(order.kind === 'metrics' || order.kind === 'leave' ? { ...done, metrics: worker.metrics() } : done);
  // The answer must be on its way before the channel goes.
  if (order.kind === 'leave') setImmediate(() => process.disconnect());
}

process.on('message', (message: OrderMessage, handle: Server | Socket | undefined) => {
  const run = (): Promise<void> => obey(message, handle);
  const isImmediate = IMMEDIATE.has(message.order.kind);
  const obeyed = isImmediate ? run() : orders.then(run);
  const settled = obeyed.catch((error: Error) => {
    // A listening socket that nobody serves would accept connections and leave them without an answer.
    if (handle instanceof Socket) handle.destroy();
    else handle?.close();
    send({ kind: 'failed', id: message.id, reason: error.message });
  });
  if (!isImmediate) orders = settled;
});
// A terminal's Ctrl-C and a service manager's stop reach the whole group: when a worker ends is the main process' decision.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
send({ kind: 'prepared' });
