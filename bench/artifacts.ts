import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startProduct } from '#test/harness/product.ts';
import { freshBucket } from '#test/harness/s3.ts';
import { cpuMs, treePids } from './tools/processes.ts';
import { mlflow } from './tools/tracking-servers.ts';

/** A large artifact through the proxy, in files and on S3, and through MLflow's: memory, speed, processor. `npm run bench artifacts [megabytes] [files,s3,mlflow]` */
const megabytes = Number(process.argv[2] ?? 1024);
const places = (process.argv[3] ?? 'files,s3').split(',');
const PATH = '/api/2.0/mlflow-artifacts/artifacts/bench/big.bin';

interface Figures {
  readonly what: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly grownMb: number;
}

/** MiB, of a process and all that it started. */
const status = (pid: number, field: string): number =>
  treePids(pid).reduce((sum, each) => {
    const text = readFileSync(`/proc/${each}/status`, 'utf8');
    return sum + Number(new RegExp(`${field}:\\s+(\\d+) kB`, 'u').exec(text)?.[1]) / 1024;
  }, 0);

/** Linux forgets the peak of a process when told so. */
async function measured(what: string, pid: number, work: () => Promise<void>): Promise<Figures> {
  for (const each of treePids(pid)) writeFileSync(`/proc/${each}/clear_refs`, '5');
  const before = { rss: status(pid, 'VmRSS'), cpu: cpuMs(pid).tree, time: performance.now() };
  await work();
  const peakMb = status(pid, 'VmHWM');
  const seconds = (performance.now() - before.time) / 1000;
  return { what, seconds, cpuSeconds: (cpuMs(pid).tree - before.cpu) / 1000, peakMb, grownMb: peakMb - before.rss };
}

const block = randomBytes(1 << 20);

function* blocks(hash: ReturnType<typeof createHash>): Generator<Buffer> {
  for (let i = 0; i < megabytes; i++) {
    block.writeUInt32LE(i, 0);
    const copy = Buffer.from(block);
    hash.update(copy);
    yield copy;
  }
}

async function upload(url: string): Promise<string> {
  const hash = createHash('sha256');
  const req = request(url + PATH, { method: 'PUT', headers: { 'content-length': megabytes << 20 } });
  const answered = new Promise<number>((resolve, reject) => {
    req.once('response', (res) => resolve(res.resume().statusCode ?? 0)).once('error', reject);
  });
  await pipeline(Readable.from(blocks(hash), { objectMode: false }), req);
  const code = await answered;
  if (code !== 200) throw new Error(`the upload was answered with ${code}`);
  return hash.digest('hex');
}

async function download(url: string): Promise<string> {
  const hash = createHash('sha256');
  const answer = await fetch(url + PATH);
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) hash.update(part);
  return hash.digest('hex');
}

async function transfers(name: string, { url, pid }: { readonly url: string; readonly pid: number }): Promise<Figures[]> {
  console.log(`${name}: idle ${status(pid, 'VmRSS').toFixed(0)} MB`);
  const digests: string[] = [];
  const transfer = (what: string, work: (url: string) => Promise<string>) =>
    measured(`${name} ${what}`, pid, async () => void digests.push(await work(url)));
  const figures = [await transfer('upload', upload), await transfer('download', download)];
  if (digests[0] !== digests[1]) throw new Error('what came back is not what was sent');
  return figures;
}

async function run(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Figures[]> {
  await using product = await startProduct({ args: ['--target', 'tracking,registry,artifacts', ...args], env });
  return await transfers(name, product);
}

async function runMlflow(): Promise<Figures[]> {
  const server = await mlflow('sqlite');
  if ('missing' in server) {
    console.log(`mlflow is left out: ${server.missing}`);
    return [];
  }
  try {
    return await transfers('mlflow', server);
  } finally {
    await server.stop();
  }
}

const all: Figures[] = [];
if (places.includes('files')) all.push(...(await run('files', [], {})));
if (places.includes('mlflow')) all.push(...(await runMlflow()));
if (places.includes('s3')) {
  await using bucket = await freshBucket();
  const env = { ...bucket.env, TRAINYARD__BLOBS__CREATE_BUCKET: 'true' };
  all.push(...(await run('s3', ['--artifacts-destination', `s3://${bucket.name}/bench`], env)));
}
for (const { what, seconds, cpuSeconds: cpu, peakMb, grownMb } of all) {
  const speed = `${seconds.toFixed(1)} s, ${(megabytes / seconds).toFixed(0)} MB/s, server CPU ${cpu.toFixed(1)} s`;
  console.log(`${what.padEnd(15)} ${megabytes} MB in ${speed}, peak ${peakMb.toFixed(0)} MB (+${grownMb.toFixed(0)})`);
}
