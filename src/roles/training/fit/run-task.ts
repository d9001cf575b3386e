import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorFromWire } from '#kernel/errors.ts';
import type { FileColumn, FileTable } from '#ports/tables.ts';
import { fail } from '../errors.ts';
import { FarChild } from './far-child.ts';
import { handover, type Task, type TaskResult, type ToChild, type TrainedModel } from './messages.ts';
import { type StandBack, standBack } from './stand-back.ts';

export interface RunOptions {
  readonly memoryMb: number;
  /** Where a training keeps its models on their way; default the system's folder for such files. */
  readonly workFolder?: string;
  /** Aborting ends the process. */
  readonly signal: AbortSignal;
  readonly onProgress?: (share: number, step: string) => void;
}

/** For what somebody waits for: a look into a file, the examples at a first start. */
const NOTHING: StandBack = { prefix: [], watch: () => () => {} };
const PROGRAM = fileURLToPath(new URL('./child.ts', import.meta.url));
const NUMBERS_PER_PIECE = 200_000;
const TEXTS_PER_PIECE = 5_000;

/** Runs one task in a process of its own at low priority, unless everybody waits for it. @throws what the task throws, TRAINING_CANCELLED, TRAINING_ENDED */
export async function runTask<K extends Task['kind']>(
  task: Extract<Task, { kind: K }>,
  file: FileTable,
  options: RunOptions,
): Promise<Extract<TaskResult, { kind: K }>> {
  // Only models are too large for a message.
  const folder = task.kind === 'train' ? await mkdtemp(join(options.workFolder ?? tmpdir(), 'trainyard-training-')) : '';
  try {
    const result = await runChild({ task, file, folder }, options);
    return (result.kind === 'train' ? await takeOver(result, folder) : result) as Extract<TaskResult, { kind: K }>;
  } finally {
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  }
}

/** Brings the models back that the child left in files. */
async function takeOver(result: Extract<TaskResult, { kind: 'train' }>, folder: string): Promise<TaskResult> {
  const models: TrainedModel[] = [];
  for (const [i, model] of result.models.entries()) {
    models.push({ ...model, onnx: await readFile(handover.onnx(folder, i)), frameOnnx: await readFile(handover.frameOnnx(folder, i)) });
  }
  return { ...result, models };
}

interface ChildWork {
  readonly task: Task;
  readonly file: FileTable;
  readonly folder: string;
}

async function runChild(work: ChildWork, options: RunOptions): Promise<TaskResult> {
  const { prefix, watch } = work.task.kind === 'train' && !work.task.isAwaited ? await standBack() : NOTHING;
  // From here to the listener nothing waits: no abort goes unheard.
  if (options.signal.aborted) throw fail.cancelled({});
  const flags = [`--max-old-space-size=${options.memoryMb}`, '--disable-warning=ExperimentalWarning'];
  const child = new FarChild(PROGRAM, [...prefix, process.execPath, ...flags]);
  const cancel = (): void => child.kill('SIGTERM');
  options.signal.addEventListener('abort', cancel, { once: true });
  let endWatch: (() => void) | undefined;
  child.onStart = (pid) => {
    endWatch = watch(pid, (policy) => child.setPolicy(policy));
  };
  try {
    const answer = answerOf(child, options);
    // A child that dies while it is being fed rejects both; the answer's reason is the one to tell.
    await Promise.race([feed(child, work), answer.then(() => undefined)]).catch(() => undefined);
    return await answer;
  } finally {
    endWatch?.();
    options.signal.removeEventListener('abort', cancel);
    await child.end();
  }
}

async function feed(child: FarChild, { task, folder, file: { columns, ...file } }: ChildWork): Promise<void> {
  await child.send({ type: 'task', task, folder, file });
  for (const column of columns) {
    const { facts, values } = handedOn(column);
    await child.send({ type: 'column', ...facts });
    const size = Array.isArray(values) ? TEXTS_PER_PIECE : NUMBERS_PER_PIECE;
    for (let start = 0; start < file.rows; start += size) {
      // A slice and not a view: a view would carry its whole buffer over.
      await child.send({ type: 'piece', values: values.slice(start, start + size) });
    }
  }
  await child.send({ type: 'end' });
}

interface HandedOn {
  readonly facts: Omit<Extract<ToChild, { type: 'column' }>, 'type'>;
  readonly values: Extract<ToChild, { type: 'piece' }>['values'];
}

/** Texts go as places in the list of the distinct ones, unless that list is itself a large message. */
function handedOn(column: FileColumn): HandedOn {
  const { name, kind } = column;
  if (column.kind === 'number') {
    const { integer, written, values } = column;
    return { facts: { name, kind, integer, ...(written ? { written } : {}) }, values };
  }
  const { padded, coded } = column;
  const facts = { name, kind, integer: false, ...(padded === undefined ? {} : { padded }) };
  if (coded === undefined || coded.dictionary.length > TEXTS_PER_PIECE) return { facts, values: column.values };
  return { facts: { ...facts, dictionary: coded.dictionary }, values: coded.codes };
}

async function answerOf(child: FarChild, { signal, onProgress }: RunOptions): Promise<TaskResult> {
  const answer = new Promise<TaskResult>((resolve, reject) => {
    child.onMessage = (message) => {
      if (message.type === 'progress') onProgress?.(message.share, message.step);
      else if (message.type === 'done') resolve(message.result);
      else reject(errorFromWire(message.error));
    };
  });
  const closed = child.closed.then(({ code, name, complaint }) => {
    throw signal.aborted ? fail.cancelled({}) : fail.childEnded({ reason: endReason(code, name, complaint) });
  });
  return Promise.race([answer, closed]);
}

function endReason(code: number | null, signal: NodeJS.Signals | null, complaint: string): string {
  if (/heap out of memory|Allocation failed/iu.test(complaint)) return 'it ran out of memory';
  if (signal !== null) return `it was ended by ${signal}`;
  const line = complaint.split('\n').find((text) => /Error/u.test(text));
  return `exit code ${code}${line === undefined ? '' : `, ${line.trim()}`}`;
}
