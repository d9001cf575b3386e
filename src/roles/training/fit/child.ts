import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { errorToWire } from '#kernel/errors.ts';
import { LearnerError } from '#learners/errors.ts';
import type { FileColumn, FileTable } from '#ports/tables.ts';
import { inspectColumn, prepare, previewOf } from '../data/prepare.ts';
import { fail } from '../errors.ts';
import { type FromChild, handover, type Task, type TaskResult, type ToChild } from './messages.ts';
import { train } from './train.ts';

// A process of its own, so that training neither holds the loop that answers predictions nor can bring the server down.

const PROGRESS_EVERY_MS = 200;
const parent = process.ppid;

let task: Task | undefined;
let file: Omit<FileTable, 'columns'> | undefined;
const columns: FileColumn[] = [];
let filled = 0;
let dictionary: readonly string[] = [];
let folder = '';

function send(message: FromChild): void {
  process.send?.(message);
}

/** Somebody waits for a look into a file; training stands back, but not behind everything (the lowest priority starves on a busy machine). */
function standBack(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where priorities cannot be lowered it runs at the normal one.
  }
}

function addPiece(values: Extract<ToChild, { type: 'piece' }>['values']): void {
  const column = columns.at(-1);
  if (!column) throw new Error('a piece came before its column');
  if (column.kind === 'number') column.values.set(values as Float64Array, filled);
  else {
    const texts = column.values as (string | null)[];
    for (const value of values) texts.push(typeof value === 'number' ? (dictionary[value] ?? null) : value);
  }
  filled += values.length;
}

function run(): TaskResult {
  if (!task || !file) throw new Error('no task was sent');
  const table: FileTable = { ...file, columns };
  if (task.kind === 'inspect') return { kind: 'inspect', columns: columns.map(inspectColumn) };
  if (task.kind === 'preview') return { kind: 'preview', preview: previewOf(prepare(table, task.request)) };
  const now = (): number => performance.now();
  let told = Number.NEGATIVE_INFINITY;
  const onProgress = (share: number, step: string): void => {
    if (now() - told < PROGRESS_EVERY_MS) return;
    told = now();
    // A fit holds the loop, so the end of the pipe is not heard of: a server that was killed shows by a new parent.
    if (process.ppid !== parent) process.exit(1);
    send({ type: 'progress', share, step });
  };
  return handOver({ kind: 'train', ...train(table, { request: task.request, source: task.source, onProgress, now }) });
}

/** Models may have a hundred megabytes; as a message they would hold the server's loop while it reads them. */
function handOver(result: Extract<TaskResult, { kind: 'train' }>): TaskResult {
  const nothing = new Uint8Array();
  const models = result.models.map((model, i) => {
    writeFileSync(handover.onnx(folder, i), model.onnx);
    writeFileSync(handover.frameOnnx(folder, i), model.frameOnnx);
    return { ...model, onnx: nothing, frameOnnx: nothing };
  });
  return { ...result, models };
}

/** Learners refuse in their own words; callers see the role's. */
function translate(error: unknown): unknown {
  if (!(error instanceof LearnerError)) return error;
  const aboutData = ['TARGET_INVALID', 'TABLE_INVALID', 'ROWS_TOO_FEW', 'VALUE_NOT_FINITE', 'COLUMN_MISSING'].includes(error.code);
  return aboutData ? fail.dataRefused({ detail: error.message }, error) : fail.requestRefused({ detail: error.message }, error);
}

function answer(): FromChild {
  try {
    return { type: 'done', result: run() };
  } catch (error) {
    return { type: 'failed', error: errorToWire(translate(error)) };
  }
}

process.on('message', (message: ToChild) => {
  if (message.type === 'task') {
    task = message.task;
    if (task.kind === 'train' && !task.isAwaited) standBack();
    file = message.file;
    folder = message.folder;
  } else if (message.type === 'column') {
    const { name, kind, integer, written, padded } = message;
    columns.push(
      kind === 'number'
        ? { name, kind, integer, ...(written ? { written } : {}), values: new Float64Array(file?.rows ?? 0) }
        : { name, kind, ...(padded ? { padded } : {}), values: [] },
    );
    filled = 0;
    dictionary = message.dictionary ?? [];
  } else if (message.type === 'piece') addPiece(message.values);
  else {
    // Leaving before the pipe has taken a large answer would cut it off.
    process.send?.(answer(), () => process.disconnect());
  }
});
// The server that asked is gone: nobody waits for the answer.
process.on('disconnect', () => process.exit());
