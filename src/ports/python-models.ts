import type { Session } from './inference.ts';

/** One column of a model's signature, in MLflow's words. */
export interface PythonColumn {
  readonly name: string;
  readonly type: 'double' | 'float' | 'long' | 'integer' | 'string' | 'boolean';
  readonly required: boolean;
}

/** A model folder of MLflow that only Python can run. */
export interface PythonModel {
  /** For messages: `churn version 3`. */
  readonly label: string;
  /** The folder's files, paths relative with forward slashes. */
  readonly files: AsyncIterable<{ readonly path: string; readonly body: AsyncIterable<Uint8Array> }>;
  /** Columns of its signature; undefined where it has none, then the model is asked for its own. */
  readonly columns: readonly PythonColumn[] | undefined;
}

/** What a process may take. */
export interface PythonLimits {
  /** The interpreter, a path or a name to look for. */
  readonly executable: string;
  /** Most address space of a model's process, bytes. */
  readonly memoryBytes: number;
  /** After this a model that is still being loaded is given up, milliseconds. */
  readonly loadTimeoutMs: number;
  /** After this a batch is given up and the process started again, milliseconds. */
  readonly runTimeoutMs: number;
}

/** A model in a Python process of its own. One input `[-1, 1]` per column; NaN and, in columns that are not required, '' are missing values. */
export interface PythonSession extends Session {
  readonly columns: readonly PythonColumn[];
  /** Labels of a classifier in the order of the probabilities. */
  readonly classes: readonly (string | number)[] | undefined;
  /** A row that the model was logged with, by column; null is a missing value. */
  readonly example: readonly (string | number | boolean | null)[] | undefined;
}

/** Processes that run Python models, one per model: whatever a model does, it ends there. */
export interface PythonModels {
  /** @throws PYTHON_MODEL_UNSERVABLE when the interpreter or a package is missing, or the model cannot be loaded */
  start(model: PythonModel, limits: PythonLimits): Promise<PythonSession>;
  close(): Promise<void>;
}
