/** One field that the server did not take. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** An answer that is no success. `code` is stable (`REGISTRY_ALIAS_NOT_FOUND`, or MLflow's `RESOURCE_DOES_NOT_EXIST`); `message` is the server's own sentence. */
export class TrainyardError extends Error {
  readonly status: number;
  readonly code: string;
  /** What to do about it, where the server knows. */
  readonly hint: string | undefined;
  readonly fields: readonly FieldProblem[];
  /** Finds the request in the server's log. */
  readonly requestId: string | undefined;

  constructor(message: string, about: Partial<Pick<TrainyardError, 'status' | 'code' | 'hint' | 'fields' | 'requestId'>> = {}) {
    super(message);
    this.name = 'TrainyardError';
    this.status = about.status ?? 0;
    this.code = about.code ?? 'UNKNOWN';
    this.hint = about.hint;
    this.fields = about.fields ?? [];
    this.requestId = about.requestId;
  }
}

/** Nobody answered: no server at the address, a broken connection, or too long a wait. */
export class UnreachableError extends Error {
  readonly url: string;
  /** `ECONNREFUSED`, `TIMEOUT` and the like. */
  readonly reason: string;
  constructor(url: string, reason: string, cause: unknown) {
    super(`No server answers at ${url} (${reason}).`, { cause });
    this.name = 'UnreachableError';
    this.url = url;
    this.reason = reason;
  }
}

interface Problem {
  readonly detail?: string;
  readonly message?: string;
  readonly error?: string;
  readonly code?: string;
  readonly error_code?: string;
  readonly hint?: string;
  readonly errors?: readonly { readonly field?: string; readonly message?: string }[];
}

/** Reads a refusal in any of the server's forms: problem JSON, MLflow's, Open Inference Protocol's, or none. */
export function refusal(call: string, response: Response, text: string): TrainyardError {
  const problem = asObject(text) as Problem;
  return new TrainyardError(problem.detail ?? problem.message ?? problem.error ?? `${call} answered ${response.status}.`, {
    status: response.status,
    code: problem.code ?? problem.error_code ?? `HTTP_${response.status}`,
    hint: problem.hint,
    fields: (problem.errors ?? []).map(({ field = '', message = '' }) => ({ field, message })),
    requestId: response.headers.get('x-request-id') ?? undefined,
  });
}

function asObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
