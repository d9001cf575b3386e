/** The arrays that hold elements of a fixed size: bool is one byte of 0 or 1, float16 and bfloat16 are their 16 bits. Text has none. */
export const ELEMENT_ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
} as const;

/** Element types of tensors that can be served. */
export type TensorType = keyof typeof ELEMENT_ARRAYS | 'string';

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** One tensor. `data` is row-major; int64/uint64 are BigInt arrays, bool is a Uint8Array of 0 and 1, float16/bfloat16 raw Uint16Array. */
export interface Tensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly string[];

/** Name, element type and shape of a model's input or output; -1 stands for a dimension that may vary. */
export interface TensorInfo {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
}

/** Tensors by the name of the input or output. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A model in memory, ready to run. */
export interface Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Runs the model once on a whole batch. Engines that run in this thread answer at once, others with a promise. @throws INFERENCE_FAILED */
  run(feeds: Tensors, outputs?: readonly string[]): Tensors | Promise<Tensors>;
  /** Whether the model lives in a process of its own, because it would hold this one up. */
  readonly isolated: boolean;
  /**
   * Resident memory of the model, bytes: what it took when it was tried, and all of the processes of its own that run at this moment. Absent where nobody
   * measured.
   */
  readonly memoryBytes?: number | undefined;
  /** How much of that `shed` gives back at once. */
  readonly idleBytes?: number | undefined;
  /** Ends what nothing runs in and the model can do without for now. */
  shed?(): void;
  /** `ask` is called with the bytes that a run will add to `memoryBytes`, before it does; what it throws is that run's failure. */
  beforeGrowth?(ask: (bytes: number) => void): void;
  /** What there is to know of how it runs, as a sentence for people. */
  readonly note?: string | undefined;
  close(): Promise<void>;
}

export interface LoadOptions {
  /** `auto` measures a model that was never seen in a process of its own and then decides; the others decide for it. */
  readonly place?: 'auto' | 'here' | 'apart';
  /** One row that the model should take, where somebody knows: without it zeros are tried. */
  readonly example?: (model: Pick<Session, 'inputs' | 'outputs'>) => Tensors | undefined;
}

/** Engines that run ONNX models. */
export interface Inference {
  /** @throws MODEL_INVALID when the bytes are not a model that this engine can run, or it hangs or dies while it is loaded */
  load(model: Uint8Array, options?: LoadOptions): Promise<Session>;
  close(): Promise<void>;
}

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
