import { printTable } from './processes.ts';
import type { Figure } from './tracking-measure.ts';
import type { Store } from './tracking-servers.ts';

export interface Result {
  readonly server: string;
  readonly figures: ReadonlyMap<string, Figure | string>;
  readonly firstAnswerMs: number;
  readonly idleMb: number;
  readonly usedMb: number;
  readonly processes: number;
  readonly fillSeconds: number;
}

const totalMs = (figure: Figure): number => figure.cpuMs + figure.databaseCpuMs;

/** How much better the first server is: its rival's time over its own, waited for and worked. */
function ratios(own: Figure | string | undefined, rival: Figure, kind: Store['kind']): string[] {
  if (typeof own !== 'object') return [];
  const of = (time: (figure: Figure) => number): string => `${(time(rival) / time(own)).toFixed(1)}x`;
  return [of(({ p50Ms }) => p50Ms), of((figure) => figure.cpuMs), ...(kind === 'postgres' ? [of(totalMs)] : [])];
}

/** A row per request and server; the first server is compared with each other one. */
export function printFigures(results: readonly Result[], kind: Store['kind']): void {
  const [first] = results;
  const names = first ? [...first.figures.keys()] : [];
  const rows = names.flatMap((name) =>
    results.flatMap(({ server, figures }, i) => {
      const figure = figures.get(name);
      if (figure === undefined) return [];
      const label = [i === 0 ? name : '', server];
      if (typeof figure !== 'object') return [[...label, figure.replaceAll(/\s+/gu, ' ').slice(0, 60)]];
      const times = [figure.p50Ms.toFixed(2), figure.p99Ms.toFixed(2), figure.perSecond.toFixed(0)];
      const work = [figure.cpuMs, ...(kind === 'postgres' ? [figure.databaseCpuMs] : [])].map((ms) => ms.toFixed(2));
      return [[...label, ...times, ...work, ...(i === 0 ? [] : ratios(first?.figures.get(name), figure, kind))]];
    }),
  );
  const [workOfDatabase, ratioOfBoth] = kind === 'postgres' ? [['database CPU ms'], ['we: CPU, both']] : [[], []];
  printTable(['request', 'server', 'p50 ms', 'p99 ms', 'req/s', 'CPU ms', ...workOfDatabase, 'we: p50', 'we: CPU', ...ratioOfBoth], rows);
}

export function printAbout(results: readonly Result[]): void {
  const rows = results.map((r) => [
    r.server,
    ...[r.firstAnswerMs, r.idleMb, r.usedMb, r.processes].map((figure) => figure.toFixed(0)),
    r.fillSeconds.toFixed(1),
  ]);
  printTable(['server', 'first answer ms', 'idle RSS MB', 'after the work', 'processes', 'filled in s'], rows);
}
