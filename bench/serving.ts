import { parseArgs } from 'node:util';
import { againstEcho } from './serving/against-echo.ts';
import { againstRivals, installRivals } from './serving/against-rivals.ts';
import { overloaded } from './serving/overloaded.ts';
import { profiled } from './serving/profiled.ts';
import { shadowed } from './serving/shadowed.ts';
import { twoWorkers } from './serving/two-workers.ts';

/** Serving one row a request: CPU per request of the serving thread and of the whole process tree, latency, memory. */
const usage = `npm run bench serving -- [PART…] [--only NAME,NAME] [--install]

  PART       echo: against a bare node:http JSON echo; rivals: against the model servers of others;
             overload: twice what can be answered; shadow: the primary with a costly shadow;
             workers: one process and two; profile: where the time goes; without any: all
  --only     these rivals
  --install  makes an environment for each rival in the cache of the services, and ends

BENCH_SECONDS (4) is the length of a measurement, BENCH_ROUNDS (3) how often those against the echo are repeated.`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    install: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  echo: againstEcho,
  overload: overloaded,
  shadow: shadowed,
  workers: twoWorkers,
  profile: profiled,
  rivals: () => againstRivals(flags.only.split(',').filter(Boolean)),
};

async function main(): Promise<void> {
  if (flags.help) return console.log(usage);
  if (flags.install) return installRivals();
  const strange = positionals.find((part) => !(part in PARTS));
  if (strange !== undefined) throw new Error(`there is no part '${strange}'; there are ${Object.keys(PARTS).join(', ')}`);
  for (const part of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
    console.log(`\n${part}:\n`);
    await PARTS[part]?.();
  }
}

await main();
