import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startProduct } from '#test/harness/product.ts';
import { freshBucket } from '#test/harness/s3.ts';

/** A large artifact through the proxy, in files and on S3: memory, speed, processor. `node bench/artifacts.ts [megabytes] [files|s3]` */
const megabytes = Number(process.argv[2] ?? 1024);
const only = process.argv[3];
const PATH = '/api/2.0/mlflow-artifacts/artifacts/bench/big.bin';
const TICKS_PER_SECOND = 100;

interface Figures {
  readonly what: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly grownMb: number;
}

const status = (pid: number, field: string): number =>
  Number(new RegExp(`${field}:\\s+(\\d+) kB`, 'u').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /u, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Linux forgets the peak of a process when told so. */
async function measured(what: string, pid: number, work: () => Promise<void>): Promise<Figures> {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = { rss: status(pid, 'VmRSS'), cpu: cpuSeconds(pid), time: performance.now() };
  await work();
  const peakMb = status(pid, 'VmHWM');
  const seconds = (performance.now() - before.time) / 1000;
  return { what, seconds, cpuSeconds: cpuSeconds(pid) - before.cpu, peakMb, grownMb: peakMb - before.rss };
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

async function run(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Figures[]> {
  await using product = await startProduct({ args: ['--target', 'tracking,registry,artifacts', ...args], env });
  console.log(`${name}: idle ${status(product.pid, 'VmRSS').toFixed(0)} MB`);
  const digests: string[] = [];
  const transfer = (what: string, work: (url: string) => Promise<string>) =>
    measured(`${name} ${what}`, product.pid, async () => void digests.push(await work(product.url)));
  const figures = [await transfer('upload', upload), await transfer('download', download)];
  if (digests[0] !== digests[1]) throw new Error('what came back is not what was sent');
  return figures;
}

const all: Figures[] = [];
if (only !== 's3') all.push(...(await run('files', [], {})));
if (only !== 'files') {
  await using bucket = await freshBucket();
  const env = { ...bucket.env, TRAINYARD__BLOBS__CREATE_BUCKET: 'true' };
  all.push(...(await run('s3', ['--artifacts-destination', `s3://${bucket.name}/bench`], env)));
}
for (const { what, seconds, cpuSeconds: cpu, peakMb, grownMb } of all) {
  const speed = `${seconds.toFixed(1)} s, ${(megabytes / seconds).toFixed(0)} MB/s, server CPU ${cpu.toFixed(1)} s`;
  console.log(`${what.padEnd(15)} ${megabytes} MB in ${speed}, peak ${peakMb.toFixed(0)} MB (+${grownMb.toFixed(0)})`);
}
