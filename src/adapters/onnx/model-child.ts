// A process that holds one model: loads it, tries it, and runs what its parent sends. It ends with its parent.
import { readFileSync } from 'node:fs';
import { errorToWire } from '#kernel/errors.ts';
import type { Session, Tensors } from '#ports/inference.ts';
import type { FromModel, Measured, ToModel } from './messages.ts';
import { loadBinding, type Runtime } from './native.ts';
import { createSession } from './ort-session.ts';
import { cpuMs, tryLarger, zeros } from './sizes.ts';

let session: Session;

const tell = (message: FromModel): void => {
  process.send?.(message);
};

async function load(file: string): Promise<void> {
  const runtime = await loadBinding();
  const model = readFileSync(file);
  await warmUp(runtime);
  const residentBefore = process.memoryUsage.rss();
  const before = cpuMs();
  session = createSession(runtime, model);
  const createMs = cpuMs() - before;
  const runMs = await trial();
  const residentBytes = process.memoryUsage.rss();
  const grownBytes = Math.max(model.length, residentBytes - residentBefore);
  tell({
    kind: 'loaded',
    inputs: session.inputs,
    outputs: session.outputs,
    measured: { createMs, runMs, grownBytes, residentBytes } satisfies Measured,
  });
}

/** A model that gives back its only number (ONNX, operator set 17). */
const IDENTITY = 'CAgSADo3ChAKAXgSAXkiCElkZW50aXR5EgFnWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQEQ==';

/** What the engine itself takes at its first run is not the model's. */
async function warmUp(runtime: Runtime): Promise<void> {
  const first = createSession(runtime, Buffer.from(IDENTITY, 'base64'));
  await first.run({ x: { type: 'float32', dims: [1], data: Float32Array.of(1) } });
  await first.close();
}

const TRIALS = 10;

/** Mean CPU time of a run of one row of zeros, milliseconds; the first run, which allocates, is left out. */
async function trial(): Promise<number> {
  const feeds = zeros(session.inputs, 1, 1);
  try {
    await session.run(feeds);
    const before = cpuMs();
    for (let i = 0; i < TRIALS; i++) await session.run(feeds);
    return (cpuMs() - before) / TRIALS;
  } catch {
    // Zeros may be no input for this model; then only the time of making it counts.
    return 0;
  }
}

/** Plain objects: the library's tensors have accessors that a message would lose. */
function plain(outputs: Tensors): Tensors {
  return Object.fromEntries(Object.entries(outputs).map(([name, { type, dims, data }]) => [name, { type, dims, data }]));
}

process.on('message', async (message: ToModel) => {
  if (message.kind === 'load') return load(message.file).catch((error) => tell({ kind: 'refused', error: errorToWire(error) }));
  const { id } = message;
  try {
    if (message.kind === 'grow') return tell({ kind: 'grown', id, grown: await tryLarger(session, message.example) });
    const { feeds, outputs } = message;
    tell({ kind: 'ran', id, outputs: plain(await session.run(feeds, outputs)) });
  } catch (error) {
    tell({ kind: 'failed', id, error: errorToWire(error) });
  }
});
process.on('disconnect', () => process.exit(0));
