import { join } from 'node:path';
import type { Preview, TrainRequest, UploadedDataset } from '#contract/http/platform/training.ts';
import type { ModelSchema, ReferenceProfile } from '#contract/model-schema.ts';
import type { ErrorOnWire } from '#kernel/errors.ts';
import type { Policy } from '#kernel/loop-policy.ts';
import type { ParamValue } from '#learners/learner.ts';
import type { Target } from '#learners/table.ts';
import type { FileColumn, FileTable, WrittenNumber } from '#ports/tables.ts';

/** What a training process is asked to do with a file. */
export type Task =
  | { readonly kind: 'inspect' }
  | { readonly kind: 'preview'; readonly request: TrainRequest }
  /** `isAwaited`: everybody waits for it, so it stands back behind nobody. */
  | { readonly kind: 'train'; readonly request: TrainRequest; readonly source: string; readonly isAwaited?: boolean };

/** Files of a training that are too large for a message, by the model's position: written by the child, read by the parent. */
export const handover = {
  onnx: (folder: string, model: number): string => join(folder, `${model}.onnx`),
  frameOnnx: (folder: string, model: number): string => join(folder, `${model}-frame.onnx`),
};

/** Parent to child: the task, then each column in pieces, so that neither side's loop is held for long, then the end. */
export type ToChild =
  | { readonly type: 'task'; readonly task: Task; readonly folder: string; readonly file: Omit<FileTable, 'columns'> }
  | {
      readonly type: 'column';
      readonly name: string;
      readonly kind: FileColumn['kind'];
      readonly integer: boolean;
      readonly written?: WrittenNumber;
      readonly padded?: string;
      /** The distinct values of a column whose pieces are places in it. */
      readonly dictionary?: readonly string[];
    }
  | { readonly type: 'piece'; readonly values: Float64Array | Int32Array | readonly (string | null)[] }
  | { readonly type: 'end' };

export type FromChild =
  | { readonly type: 'progress'; readonly share: number; readonly step: string }
  | { readonly type: 'done'; readonly result: TaskResult }
  | { readonly type: 'failed'; readonly error: ErrorOnWire };

/** What a thread that starts a child (child-thread.ts) is made with: the child's program, and the command line before it. */
export interface ThreadStart {
  readonly program: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Parent to thread. Each `send` is answered by `sent` once the child's pipe has it. */
export type ThreadOrder =
  | { readonly type: 'send'; readonly message: ToChild }
  | { readonly type: 'policy'; readonly policy: Policy }
  | { readonly type: 'kill'; readonly signal: NodeJS.Signals };

export type FromThread =
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'unable'; readonly reason: string }
  | { readonly type: 'sent'; readonly failure?: string }
  | { readonly type: 'said'; readonly message: FromChild }
  /** A piece of its standard error. */
  | { readonly type: 'complaint'; readonly text: string }
  | { readonly type: 'closed'; readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type TaskResult =
  | { readonly kind: 'inspect'; readonly columns: NonNullable<UploadedDataset['columns']> }
  | { readonly kind: 'preview'; readonly preview: Preview }
  | ({ readonly kind: 'train' } & Trained);

/** What a training leaves behind: one model per learner, and the rows that none of them saw. */
export interface Trained {
  readonly schema: ModelSchema;
  /** Fields that hold whole numbers in every row: a data frame has them as integers. */
  readonly wholeFields: readonly string[];
  readonly warnings: readonly string[];
  readonly rows: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly outliers: number;
    readonly leftOut: number;
  };
  readonly seed: number;
  readonly folds: number;
  readonly models: readonly TrainedModel[];
  /** Position of the best model; −1 where none has finite figures. */
  readonly best: number;
  readonly test: TestRows;
  /** Rows that no model saw, with their target: `dataframe_split` and the target's name, as JSON. */
  readonly heldBack: string;
}

/** Held-out rows as they stand in the file, so that any version can be asked about them. */
export interface TestRows {
  readonly rows: number;
  readonly columns: readonly FileColumn[];
  readonly target: Target;
}

export interface TrainedModel {
  readonly learner: string;
  readonly title: string;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly onnx: Uint8Array;
  /** The same for data frames, as MLflow's client sends them. */
  readonly frameOnnx: Uint8Array;
  /** By the names under which the run logs them. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Figures on the test rows, by the learners' names. */
  readonly testFigures: Readonly<Record<string, number>>;
  readonly importance: Readonly<Record<string, number>>;
  readonly coefficients: readonly unknown[];
  readonly seconds: number;
  readonly profile: ReferenceProfile;
  /** Further files of the run, by path. */
  readonly files: Readonly<Record<string, string>>;
}
