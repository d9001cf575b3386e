import { pick, services } from './services/catalogue.ts';
import type { Service } from './services/service.ts';
import { withLock } from './services/system.ts';

const usage = `The real servers and clients that tests talk to, without Docker.

  npm run services -- install [name…]   install what is missing (apt needs root)
  npm run services -- start [name…]     start what is installed
  npm run services -- stop [name…]      stop what was started
  npm run services -- status            what is installed, what runs
  npm run -s services -- env            shell exports to reach what runs

${services.map((service) => `  ${service.name.padEnd(12)} ${service.summary}`).join('\n')}`;

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const say = (service: Service, text: string): void => console.log(`${service.name.padEnd(10)} ${text}`);

async function install(service: Service): Promise<void> {
  const before = service.installed();
  if (before !== null) return say(service, `is installed (${before})`);
  const since = Date.now();
  say(service, 'installing …');
  await service.install();
  say(service, `installed in ${seconds(since)} (${service.installed()})`);
}

/** Starts what is installed; `asked` by name, a missing one is an error. */
async function start(service: Service, asked: boolean): Promise<void> {
  if (service.installed() === null) {
    if (asked) throw new Error(`not installed: npm run services -- install ${service.name}`);
    return say(service, 'is not installed');
  }
  if (service.start === undefined) return;
  const since = Date.now();
  await service.start();
  say(service, `ready after ${seconds(since)}`);
}

async function stop(service: Service): Promise<void> {
  if (service.stop === undefined || (await service.env()) === null) return;
  const since = Date.now();
  await service.stop();
  say(service, `stopped in ${seconds(since)}`);
}

async function status(service: Service): Promise<void> {
  const found = service.installed();
  const reach = await service.env();
  const state = found === null ? 'not installed' : reach === null ? 'installed, stopped' : 'ready';
  say(service, `${state.padEnd(18)} ${reach === null ? (found ?? service.summary) : Object.values(reach).join(' ')}`);
}

async function printEnv(service: Service): Promise<void> {
  for (const [key, value] of Object.entries((await service.env()) ?? {})) console.log(`export ${key}='${value}'`);
}

async function main([command, ...names]: readonly string[]): Promise<void> {
  const commands: Record<string, (service: Service) => Promise<void>> = {
    install: (service) => withLock(service.name, () => install(service)),
    start: (service) => withLock(service.name, () => start(service, names.length > 0)),
    stop: (service) => withLock(service.name, () => stop(service)),
    status,
    env: printEnv,
  };
  const act = commands[command ?? ''];
  if (act === undefined) {
    console.log(usage);
    process.exitCode = command === undefined || command === '--help' ? 0 : 2;
    return;
  }
  for (const service of pick(names)) {
    await act(service).catch((error: Error) => {
      process.exitCode = 1;
      console.error(`${service.name.padEnd(10)} ${command} failed: ${error.message}`);
    });
  }
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
