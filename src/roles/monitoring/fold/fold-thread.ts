import { Worker } from 'node:worker_threads';
import { type ErrorOnWire, errorFromWire } from '#kernel/errors.ts';
import { type FoldAnswer, Folder, type FoldRequest, type NewPlan } from './folder.ts';

export type FoldCall =
  | { readonly kind: 'plan'; readonly plan: NewPlan }
  | { readonly kind: 'leave-out'; readonly deployment: string; readonly ids: readonly string[] }
  | { readonly kind: 'fold'; readonly id: number; readonly request: FoldRequest };

export type FoldReply = { readonly id: number; readonly answer: FoldAnswer } | { readonly id: number; readonly error: ErrorOnWire };

interface Waiting {
  readonly resolve: (answer: FoldAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Chunks below this are folded in the loop: a few dozen events are quicker than the way to the thread. */
const INLINE_BYTES = 8 * 1024;

/** Folds small chunks at once and large ones in a thread, which begins with the first large one and comes back if it dies. */
export class FoldThread {
  readonly #inline = new Folder();
  readonly #waiting = new Map<number, Waiting>();
  readonly #leftOut = new Map<string, readonly string[]>();
  #worker: Worker | undefined;
  #nextId = 0;

  plan(plan: NewPlan): void {
    this.#inline.plan(plan);
    this.#post({ kind: 'plan', plan });
  }

  leaveOut(deployment: string, ids: readonly string[]): void {
    this.#leftOut.set(deployment, ids);
    this.#inline.leaveOut(deployment, ids);
    this.#post({ kind: 'leave-out', deployment, ids });
  }

  async fold(request: FoldRequest): Promise<FoldAnswer> {
    if (request.bytes.length < INLINE_BYTES) return this.#inline.fold(request);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise<FoldAnswer>((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      const shared = request.bytes.buffer instanceof SharedArrayBuffer;
      // A copy goes over: the chunk may be needed again.
      const bytes = shared ? request.bytes : new Uint8Array(request.bytes);
      const call = { kind: 'fold', id, request: { ...request, bytes } } satisfies FoldCall;
      worker.postMessage(call, shared ? [] : [bytes.buffer as ArrayBuffer]);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #post(call: FoldCall): void {
    this.#worker?.postMessage(call);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./fold-worker.ts', import.meta.url), { name: 'monitoring', execArgv: [] });
    worker.unref();
    worker.on('message', (reply: FoldReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref();
      if ('error' in reply) waiting?.reject(errorFromWire(reply.error));
      else waiting?.resolve(reply.answer);
    });
    worker.on('error', (error) => this.#lose(worker, String(error)));
    worker.on('exit', (code) => this.#lose(worker, `it ended with code ${code}`));
    for (const [deployment, ids] of this.#leftOut) worker.postMessage({ kind: 'leave-out', deployment, ids } satisfies FoldCall);
    return worker;
  }

  #lose(worker: Worker, reason: string): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(`the thread that counts events is gone: ${reason}`));
    this.#waiting.clear();
  }
}
