import { cpuMs, load } from '../tools/processes.ts';

/** A server under measurement: all send the same request again and again. */
export interface Subject {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly path: string;
  readonly body: string;
  /** Resolves when all work that the requests left behind is done: what it takes counts for the whole tree. */
  readonly settled?: () => Promise<void>;
}

export interface Sample {
  /** CPU of the main thread a request, µs. */
  readonly mainUs: number;
  /** CPU of the process and all that it started a request, µs. */
  readonly treeUs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Closed loop. @throws when a request is answered with anything but success */
export async function measure({ name, pid, port, path, body, settled }: Subject, connections: number, seconds: number): Promise<Sample> {
  const before = cpuMs(pid);
  const report = await load({ port, path, body, connections, seconds });
  const { main } = cpuMs(pid);
  await settled?.();
  const { tree } = cpuMs(pid);
  if (report.failed > 0) throw new Error(`${name}: ${report.failed} of ${report.requests} requests failed`);
  const us = (ms: number): number => (ms * 1000) / report.requests;
  return {
    mainUs: us(main - before.main),
    treeUs: us(tree - before.tree),
    perSecond: report.requests / report.seconds,
    p50Ms: report.p50Ms,
    p99Ms: report.p99Ms,
  };
}

export function median(samples: readonly Sample[], of: (s: Sample) => number): number {
  return samples.map(of).sort((a, b) => a - b)[Math.floor(samples.length / 2)] as number;
}
