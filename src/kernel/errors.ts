/** One catalogued failure: `code` is stable and greppable, `message` is for the caller, `hint` says what to do. */
export interface ErrorSpec<P extends Record<string, unknown> = Record<string, unknown>> {
  readonly code: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** MLflow's error_code for the same failure on MLflow paths; derived from `status` where absent. */
  readonly mlflow?: string;
  readonly message: (params: P) => string;
  readonly hint?: string;
}

/** An expected failure that a caller may see. `cause` and `params` stay in the log. */
export class KnownError extends Error {
  readonly spec: ErrorSpec<never>;
  readonly params: Record<string, unknown>;
  constructor(spec: ErrorSpec<never>, params: Record<string, unknown>, cause?: unknown) {
    super(spec.message(params as never), cause === undefined ? undefined : { cause });
    this.name = spec.code;
    this.spec = spec;
    this.params = params;
  }
}

/** Turns a catalogue into throwing functions: `fail.modelNotFound({ name })`. */
export function catalogue<C extends Record<string, ErrorSpec<never>>>(specs: C) {
  type Params<S> = S extends ErrorSpec<infer P> ? P : never;
  const fail = {} as { [K in keyof C]: (params: Params<C[K]>, cause?: unknown) => KnownError };
  for (const key of Object.keys(specs) as (keyof C)[]) {
    fail[key] = (params, cause) => new KnownError(specs[key] as ErrorSpec<never>, params as Record<string, unknown>, cause);
  }
  return { specs, fail };
}

/** A failure as plain data, so that it can cross a thread or process boundary. */
export interface ErrorOnWire {
  readonly known: boolean;
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly mlflow?: string;
  readonly hint?: string;
  readonly params?: Record<string, unknown>;
  readonly stack?: string;
}

/** Flattens any thrown value for a message port. */
export function errorToWire(error: unknown): ErrorOnWire {
  if (error instanceof KnownError) {
    const { code, status, mlflow, hint } = error.spec;
    const wire = { known: true, code, status, message: error.message, params: error.params };
    return { ...wire, ...(mlflow === undefined ? {} : { mlflow }), ...(hint === undefined ? {} : { hint }) };
  }
  const e = error instanceof Error ? error : new Error(String(error));
  return { known: false, code: 'INTERNAL', status: 500, message: e.message, ...(e.stack === undefined ? {} : { stack: e.stack }) };
}

/** Rebuilds what `errorToWire` flattened: a KnownError again, or an Error whose stack names the far side. */
export function errorFromWire(wire: ErrorOnWire): Error {
  if (!wire.known) {
    const error = new Error(wire.message);
    if (wire.stack !== undefined) error.stack = wire.stack;
    return error;
  }
  const spec: ErrorSpec<never> = {
    code: wire.code,
    status: wire.status,
    message: () => wire.message,
    ...(wire.mlflow === undefined ? {} : { mlflow: wire.mlflow }),
    ...(wire.hint === undefined ? {} : { hint: wire.hint }),
  };
  return new KnownError(spec, wire.params ?? {});
}
