import { parseArgs } from 'node:util';
import { cpuMs, memoryMb, printTable, requests, treePids } from './tools/processes.ts';
import { type Contender, fastTrackMl, mlflow, ours, type TrackingServer } from './tools/tracking-servers.ts';
import { type Measurement, measurements, prepare } from './tools/tracking-work.ts';

/** The same tracking requests to us, to a real MLflow server and to FastTrackML, all on SQLite. */
const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: 'trainyard,mlflow,fasttrackml' },
    work: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run bench tracking -- [--runs 10000] [--seconds 2] [--only trainyard,mlflow,fasttrackml] [--work log-metric]

  --runs     runs to search in; 100000 takes minutes to fill
  --seconds  how long each request is repeated, on one connection and on eight
  --only     which servers
  --work     only requests whose name has this in it`;

interface Figure {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** Requests per second of processor time of the server and all that it started. */
  readonly perCpuSecond: number;
}

interface Result {
  readonly server: string;
  readonly figures: ReadonlyMap<string, Figure | string>;
  readonly firstAnswerMs: number;
  readonly idleMb: number;
  readonly processes: number;
  readonly fillSeconds: number;
}

let nextNumber = 1;

async function measure(server: TrackingServer, { order, seconds }: Measurement, connections: number): Promise<Figure | string> {
  const common = { ...order, port: server.port, connections };
  const warm = await requests({ ...common, first: nextNumber, requests: 20 * connections, seconds: seconds / 2 });
  nextNumber += warm.requests;
  if (warm.failed > 0) return warm.failure ?? 'failed';
  const before = cpuMs(server.pid).tree;
  const report = await requests({ ...common, first: nextNumber, requests: 1e6, seconds });
  nextNumber += report.requests;
  const cpuSeconds = (cpuMs(server.pid).tree - before) / 1000;
  if (report.failed > 0) return report.failure ?? 'failed';
  const { p50Ms, p99Ms } = report;
  return { p50Ms, p99Ms, perSecond: report.requests / report.seconds, perCpuSecond: report.requests / cpuSeconds };
}

async function run(server: TrackingServer): Promise<Result> {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const pids = treePids(server.pid);
  const idleMb = pids.reduce((sum, pid) => sum + memoryMb(pid), 0);
  const prepared = await prepare(server, Number(flags.runs));
  console.log(`${server.name}: ready, ${flags.runs} runs in ${prepared.fillSeconds.toFixed(1)} s`);
  const figures = new Map<string, Figure | string>();
  for (const work of measurements(prepared, Number(flags.seconds))) {
    if (!work.name.includes(flags.work)) continue;
    figures.set(work.name, await measure(server, work, 1));
    if (work.parallel) figures.set(`${work.name}, 8 at once`, await measure(server, work, 8));
  }
  console.log(`${server.name}: ${pids.reduce((sum, pid) => sum + memoryMb(pid), 0).toFixed(0)} MB after the work`);
  return {
    server: server.name,
    figures,
    firstAnswerMs: server.firstAnswerMs,
    idleMb,
    processes: pids.length,
    fillSeconds: prepared.fillSeconds,
  };
}

/** How much better the first server is: its rival's time over its own, and its requests per processor second over the rival's. */
function ratios(own: Figure | string | undefined, rival: Figure | string | undefined): string[] {
  if (typeof own !== 'object' || typeof rival !== 'object') return ['', ''];
  return [`${(rival.p50Ms / own.p50Ms).toFixed(1)}x`, `${(own.perCpuSecond / rival.perCpuSecond).toFixed(1)}x`];
}

function print(results: readonly Result[]): void {
  const [first] = results;
  const names = first ? [...first.figures.keys()] : [];
  const rows = names.flatMap((name) =>
    results.map(({ server, figures }, i) => {
      const figure = figures.get(name);
      const label = [i === 0 ? name : '', server];
      if (typeof figure !== 'object') return [...label, figure?.replaceAll(/\s+/gu, ' ').slice(0, 60) ?? '-'];
      const times = [figure.p50Ms.toFixed(2), figure.p99Ms.toFixed(2), figure.perSecond.toFixed(0), figure.perCpuSecond.toFixed(0)];
      return [...label, ...times, ...(i === 0 ? [] : ratios(first?.figures.get(name), figure))];
    }),
  );
  printTable(['request', 'server', 'p50 ms', 'p99 ms', 'req/s', 'req/CPU-s', 'we: p50', 'we: CPU'], rows);
  console.log();
  const about = results.map((r) => [
    r.server,
    r.firstAnswerMs.toFixed(0),
    r.idleMb.toFixed(0),
    String(r.processes),
    r.fillSeconds.toFixed(1),
  ]);
  printTable(['server', 'first answer ms', 'idle RSS MB', 'processes', 'fill s'], about);
}

async function main(): Promise<void> {
  if (flags.help) return console.log(usage);
  const contenders: Record<string, Contender> = { trainyard: ours, mlflow, fasttrackml: fastTrackMl };
  const results: Result[] = [];
  for (const name of flags.only.split(',')) {
    const contender = contenders[name];
    if (!contender) throw new Error(`there is no server '${name}'; there are ${Object.keys(contenders).join(', ')}`);
    const server = await contender().catch((error: Error) => ({ name, missing: error.message }));
    if ('missing' in server) {
      console.log(`${name} is left out: ${server.missing}`);
      continue;
    }
    try {
      results.push(await run(server));
    } catch (error) {
      console.log(`${name} is left out: ${(error as Error).message}`);
    } finally {
      await server.stop();
    }
  }
  print(results);
}

await main();
