import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/services/system.ts';
import { trainAndDeploy } from '../tools/platform.ts';
import { cpuMs, load, printTable, startReady } from '../tools/processes.ts';
import { BODY, SECONDS } from './own.ts';

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: Frame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where a function belongs, by the first that fits its file or name. */
const AREAS: readonly (readonly [string, RegExp])[] = [
  ['garbage collection', /^\(garbage collector\)/u],
  ['the system and libuv, below any function', /^\(program\)|^\(root\)/u],
  ['the engine (onnxruntime) and its tensors', /adapters\/onnx|serving\/model\/(?:plan|run-cost)/u],
  ['writing to sockets', /stream_base_commons/u],
  ['the event log', /adapters\/segment-log/u],
  ['events: their JSON', /runtime\/recorder|kernel\/ids/u],
  ['answers: their JSON', /protocol\/answer|serving\/model\/decode/u],
  ['reading JSON', /http\/body/u],
  ['checking rows', /protocol\/(?:validator|body-forms)/u],
  ['requests and answers as HTTP', /http\/direct|protocol\/predict|http\/(?:guard|server|request-metrics)/u],
  ['batches, statistics, metrics', /runtime\/(?:batcher|scorer|model-stats|deployment)|http\/metrics|serving\/metrics/u],
  ['sockets in Node', /node:(?:net|internal\/streams?|_stream|events)/u],
  ['timers and the loop in Node', /node:(?:internal\/timers|timers|internal\/process|internal\/async|internal\/perf)/u],
];

/** Where the serving thread's time goes at 32 connections, by V8's sampling profiler. */
export async function profiled(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  const inspectAt = await freePort();
  const args = [`--inspect=127.0.0.1:${inspectAt}`, 'src/main.ts', 'start', '--data', data, '--port', '0'];
  const done = (): void => rmSync(data, { recursive: true, force: true });
  const server = await startReady(process.execPath, args, { env: { ...process.env, LOG_LEVEL: 'error' }, done });
  try {
    await trainAndDeploy(server.url);
    const order = { port: server.port, path: '/predict', body: BODY, connections: 32 };
    await load({ ...order, seconds: 5 });
    const inspector = await connectTo(inspectAt);
    await inspector('Profiler.enable');
    await inspector('Profiler.setSamplingInterval', { interval: 200 });
    await inspector('Profiler.start');
    const before = cpuMs(server.pid);
    const report = await load({ ...order, seconds: 2 * SECONDS });
    const after = cpuMs(server.pid);
    const { profile } = (await inspector('Profiler.stop')) as { profile: Profile };
    inspector.close();
    const us = ((after.main - before.main) * 1000) / report.requests;
    console.log(`${report.requests} requests, ${us.toFixed(1)} µs of the serving thread each, while it is being profiled\n`);
    print(profile, us);
  } finally {
    await server.stop();
  }
}

interface Inspector {
  (method: string, params?: object): Promise<unknown>;
  /** The process waits for this before it ends. */
  close(): void;
}

async function connectTo(port: number): Promise<Inspector> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket((target as { webSocketDebuggerUrl: string }).webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let next = 0;
  const ask = (method: string, params = {}): Promise<unknown> => {
    const id = ++next;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  return Object.assign(ask, { close: () => socket.close() });
}

/** A function on the stack, under who called it. */
interface Place {
  readonly frame: Frame;
  readonly caller: Place | undefined;
}

/** Shares of the time that was not idle, in microseconds of a request. */
function print({ nodes, samples, timeDeltas }: Profile, us: number): void {
  const places = placesOf(nodes);
  const spent = new Map<Place, number>();
  samples.forEach((id, i) => {
    const place = places.get(id) as Place;
    if (place.frame.functionName !== '(idle)') spent.set(place, (spent.get(place) ?? 0) + (timeDeltas[i] as number));
  });
  const total = [...spent.values()].reduce((sum, time) => sum + time, 0);
  const table = (title: string, of: (place: Place) => string, most: number): void => {
    const sums = new Map<string, number>();
    for (const [place, time] of spent) sums.set(of(place), (sums.get(of(place)) ?? 0) + time);
    const largest = [...sums].sort(([, x], [, y]) => y - x).slice(0, most);
    const rows = largest.map(([name, time]) => [name, ((us * time) / total).toFixed(2), `${((100 * time) / total).toFixed(1)} %`]);
    printTable([title, 'µs/req', 'share'], rows);
  };
  table('area', areaOf, AREAS.length + 1);
  console.log();
  table('function', nameOf, 25);
}

function placesOf(nodes: Profile['nodes']): ReadonlyMap<number, Place> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<number, Place>();
  const enter = (id: number, caller: Place | undefined): void => {
    const { callFrame: frame, children = [] } = byId.get(id) as Profile['nodes'][number];
    const place = { frame, caller };
    places.set(id, place);
    for (const child of children) enter(child, place);
  };
  enter((nodes[0] as Profile['nodes'][number]).id, undefined);
  return places;
}

const isNative = ({ functionName, url }: Frame): boolean => url === '' && !functionName.startsWith('(');

/** Native functions have no file: they are told by who calls them. */
function nameOf({ frame, caller }: Place): string {
  const { functionName, url, lineNumber } = frame;
  if (isNative(frame) && caller !== undefined) return `${functionName || '(native)'} called by ${nameOf(caller)}`;
  const file = url.replace(/^.*\/(?:src|node_modules)\//u, '');
  return `${functionName || '(anonymous)'} ${file}${file === '' || url.startsWith('node:') ? '' : `:${lineNumber + 1}`}`;
}

/** Tools of Node that everybody uses: what they cost is their caller's. */
const TOOLS = /^node:(?:internal\/)?(?:buffer|zlib|fs|util|validators|errors|crypto|worker)/u;

function areaOf(place: Place): string {
  const { frame, caller } = place;
  if ((isNative(frame) || TOOLS.test(frame.url)) && caller !== undefined) return areaOf(caller);
  return AREAS.find(([, pattern]) => pattern.test(nameOf(place)))?.[0] ?? 'else';
}
