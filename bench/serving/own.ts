import { trainAndDeploy } from '../tools/platform.ts';
import { load, type Running, startReady, startTrainyard } from '../tools/processes.ts';

/** One row of Iris as the plain API takes it. */
export const BODY = JSON.stringify({ sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 });
export const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);

/** The bare node:http JSON echo, warm. */
export async function startEcho(): Promise<Running> {
  const echo = await startReady(process.execPath, ['bench/tools/echo.ts']);
  await load({ port: echo.port, path: '/', body: BODY, connections: 32, seconds: 2 });
  return echo;
}

/** We, with the Iris tree of the examples as the default deployment, without a shadow, warm. */
export async function startOurs(env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const server = await startTrainyard([], { env });
  await trainAndDeploy(server.url);
  await load({ port: server.port, path: '/predict', body: BODY, connections: 32, seconds: 2 });
  return server;
}

/** Until every prediction is in the index, which is work of a request too. */
export async function indexed(url: string): Promise<void> {
  for (;;) {
    const page = await (await fetch(`${url}/metrics`)).text();
    const lags = [...page.matchAll(/^events_sink_lag\{.*\} (\S+)$/gmu)].map(([, lag]) => Number(lag));
    if (lags.length > 0 && lags.every((lag) => lag === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
