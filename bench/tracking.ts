import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { memoryMb, treePids } from './tools/processes.ts';
import { measure } from './tools/tracking-measure.ts';
import { printAbout, printFigures, type Result } from './tools/tracking-report.ts';
import { type Contender, fastTrackMl, mlflow, ours, type Store, type TrackingServer } from './tools/tracking-servers.ts';
import { measurements, PARTS, prepare } from './tools/tracking-work.ts';

/** The same tracking requests to us, to a real MLflow server and to FastTrackML, on SQLite and on Postgres. */
const usage = `npm run bench tracking -- [PART…] [--all] [--postgres] [--runs 10000] [--many 0] [--seconds 1] [--only trainyard,mlflow,fasttrackml]

  PART        ${PARTS.join(', ')} or large (an artifact of 1 GB); without any: all but the last
  --all       every part, on SQLite and Postgres, and a search of 100,000 runs
  --postgres  on Postgres only
  --runs      runs to search in
  --many      runs of a second, larger experiment to search in; not in MLflow, which needs seconds for a search of them
  --seconds   how long each request is repeated, on one connection and on eight
  --only      which servers`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    postgres: { type: 'boolean', default: false },
    runs: { type: 'string', default: '10000' },
    many: { type: 'string' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string', default: 'trainyard,mlflow,fasttrackml' },
    help: { type: 'boolean', default: false },
  },
});

const LARGE = 'large';
const CONTENDERS: Readonly<Record<string, Contender>> = { trainyard: ours, mlflow, fasttrackml: fastTrackMl };
/** Until a server that has just started has come to rest. */
const REST_MS = 3000;

const memoryOf = (server: TrackingServer): number =>
  treePids(server.pid).reduce((sum, pid) => sum + (existsSync(`/proc/${pid}`) ? memoryMb(pid) : 0), 0);

/** FastTrackML does not pass artifacts on. */
const offers = ({ name }: TrackingServer, part: string): boolean => !(name === 'fasttrackml' && part === 'artifacts');

async function run(server: TrackingServer, parts: readonly string[]): Promise<Result> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const idleMb = memoryOf(server);
  const many = server.name === 'mlflow' ? 0 : Number(flags.many ?? (flags.all ? 100_000 : 0));
  const searched = parts.includes('search');
  const prepared = await prepare(server, searched ? { runs: Number(flags.runs), many } : { runs: 0, many: 0 });
  const figures = new Map<string, Awaited<ReturnType<typeof measure>>>();
  for (const work of measurements(prepared).filter(({ part }) => parts.includes(part) && offers(server, part))) {
    const how = { ...work, seconds: Number(flags.seconds) };
    figures.set(work.name, await measure(server, how, 1));
    if (work.parallel) figures.set(`${work.name}, 8 at once`, await measure(server, how, 8));
  }
  const { name: serverName, firstAnswerMs } = server;
  const { fillSeconds } = prepared;
  return {
    server: serverName,
    figures,
    firstAnswerMs,
    idleMb,
    usedMb: memoryOf(server),
    processes: treePids(server.pid).length,
    fillSeconds,
  };
}

async function compare(kind: Store['kind'], parts: readonly string[]): Promise<void> {
  const results: Result[] = [];
  for (const name of flags.only.split(',')) {
    const contender = CONTENDERS[name];
    if (!contender) throw new Error(`there is no server '${name}'; there are ${Object.keys(CONTENDERS).join(', ')}`);
    const server = await contender(kind).catch((error: Error) => ({ name, missing: error.message }));
    if ('missing' in server) {
      console.log(`${name} is left out: ${server.missing}`);
      continue;
    }
    try {
      results.push(await run(server, parts));
    } catch (error) {
      console.log(`${name} is left out: ${(error as Error).message}`);
    } finally {
      await server.stop();
    }
  }
  console.log(`On ${kind === 'sqlite' ? 'SQLite' : 'Postgres'}:\n`);
  printFigures(results, kind);
  console.log();
  printAbout(results);
  console.log();
}

async function main(): Promise<void> {
  if (flags.help) return console.log(usage);
  const known: readonly string[] = [...PARTS, LARGE];
  const strange = positionals.find((part) => !known.includes(part));
  if (strange !== undefined) throw new Error(`there is no part '${strange}'; there are ${known.join(', ')}`);
  const parts = positionals.length > 0 ? positionals : flags.all ? known : PARTS;
  const onDatabase = parts.filter((part) => part !== LARGE);
  if (onDatabase.length > 0 && !flags.postgres) await compare('sqlite', onDatabase);
  if (onDatabase.length > 0 && (flags.postgres || flags.all)) {
    // Artifacts are not in the database.
    await compare('postgres', onDatabase.length > 1 ? onDatabase.filter((part) => part !== 'artifacts') : onDatabase);
  }
  if (!parts.includes(LARGE)) return;
  const program = fileURLToPath(new URL('./artifacts.ts', import.meta.url));
  process.exitCode = spawnSync(process.execPath, [program, '1024', 'files,mlflow'], { stdio: 'inherit' }).status ?? 1;
}

await main();
