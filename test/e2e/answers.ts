import { expect } from 'vitest';

/** What came back, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

export interface Ask {
  readonly method?: string;
  /** Text and bytes go as they are, everything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request and reads the answer, whatever its status. JSON bodies say so; bytes say nothing of their type. */
export async function ask(url: string, { method, body, headers }: Ask = {}): Promise<Answer> {
  const raw = typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? Buffer.from(body) : undefined;
  const sent = body === undefined ? undefined : (raw ?? Buffer.from(JSON.stringify(body)));
  const type: Record<string, string> = body === undefined || body instanceof Uint8Array ? {} : { 'content-type': 'application/json' };
  const init = { method: method ?? (sent ? 'POST' : 'GET'), headers: { ...type, ...headers }, ...(sent ? { body: sent } : {}) };
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What no caller may ever read: stacks, source files, folders of this machine, names of libraries. */
const INSIDE =
  /\n\s+at |node_modules|\/src\/|\.ts:\d|\/tmp\/|\/work\/|node:internal|Fastify|ZodError|TypeError|RangeError|SqliteError|DuckDB/u;

/** The answer says nothing of the program's inside, and does not blame the server for the caller's mistake. */
export function expectDiscreet({ status, text }: Answer): void {
  expect(text).not.toMatch(INSIDE);
  expect(status, text.slice(0, 300)).toBeLessThan(500);
  expect(text.length).toBeLessThan(40_000);
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** What the sentence must name: the field, the value, the limit. */
  readonly names?: readonly string[];
  /** Fields in the list of errors, in order. */
  readonly fields?: readonly string[];
}

interface Problem {
  readonly detail: string;
  readonly request_id: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** RFC 9457 problem JSON with our fields. */
export function expectProblem(answer: Answer, { status, code, names = [], fields }: Refusal): Problem {
  expectDiscreet(answer);
  expect({ status: answer.status, body: answer.json }).toMatchObject({ status, body: { status, code } });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/u);
  const problem = answer.json as Problem & { readonly type: string; readonly title: string };
  expect(problem.type).toContain(code);
  expect(problem.title).not.toBe('Error');
  expect(problem.request_id).toBe(answer.headers.get('x-request-id'));
  for (const name of names) expect(problem.detail).toContain(name);
  if (fields) expect(problem.errors?.map((e) => e.field)).toEqual(fields);
  return problem;
}

/** The Open Inference Protocol's form. */
export function expectOipError(answer: Answer, status: number, names: readonly string[]): void {
  expectDiscreet(answer);
  expect(answer.status, answer.text).toBe(status);
  const { error } = answer.json as { error: unknown };
  expect(error).toEqual(expect.any(String));
  for (const name of names) expect(error).toContain(name);
}

/** MLflow's form. */
export function expectMlflowError(answer: Answer, status: number, code: string, names: readonly string[] = []): void {
  expectDiscreet(answer);
  expect({ status: answer.status, body: answer.json }).toMatchObject({ status, body: { error_code: code } });
  const { message } = answer.json as { message: string };
  for (const name of names) expect(message).toContain(name);
}

/** Value of one series of the metrics page; 0 where it is absent. */
export async function metric(url: string, series: string): Promise<number> {
  const { text } = await ask(`${url}/metrics`);
  const line = text.split('\n').find((l) => l.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}
