import { pythonJson } from './python-json.ts';

/**
 * Rules for names on the wire (MLflow 3.17, mlflow/utils/validation.py). Python's `\w` is Unicode. Each function gives the sentence that
 * says what is wrong, or undefined.
 */

const KEY = /^[/\p{L}\p{N}_.\- :]*$/u;
const ALIAS = /^[\p{L}\p{N}_-]*$/u;

/** MLflow's sentence for a value that does not fit. */
export function invalidValue(path: string, value: unknown, why?: string): string {
  return `Invalid value ${pythonJson(value)} for parameter '${path}' supplied${why === undefined ? '.' : `: ${why}`}`;
}

/** MLflow's sentence for a value that is not there. */
export function missingValue(path: string): string {
  return `Missing value for required parameter '${path}'.`;
}

/** `name` resolved as a POSIX path, as Python's posixpath.normpath does it. */
export function normalPath(name: string): string {
  if (name === '') return '.';
  const absolute = name.startsWith('//') && !name.startsWith('///') ? '//' : name.startsWith('/') ? '/' : '';
  const kept: string[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..' || (absolute === '' && (kept.length === 0 || kept.at(-1) === '..'))) kept.push(part);
    else kept.pop();
  }
  return `${absolute}${kept.join('/')}` || '.';
}

/** Whether a name would mean another one if it were taken as a file name. */
export function isAmbiguousPath(name: string): boolean {
  const normal = normalPath(name);
  return normal !== name || normal === '.' || normal.startsWith('..') || normal.startsWith('/');
}

const ambiguous = (name: string): string =>
  `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normalPath(name)}'`;

/** Keys of metrics, parameters and tags. */
export function keyProblem(name: string, path: string): string | undefined {
  if (!KEY.test(name)) {
    const why = 'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).';
    return invalidValue(path, name, why);
  }
  return isAmbiguousPath(name) ? invalidValue(path, name, ambiguous(name)) : undefined;
}

/** Length in code points, as Python counts. */
export function isLonger(value: string, limit: number): boolean {
  // A code point has at most two units: of a long text not all are counted.
  return value.length > 2 * limit || (value.length > limit && [...value].length > limit);
}

/** The first `limit` code points. */
export function clip(value: string, limit: number): string {
  return isLonger(value, limit) ? [...value.slice(0, 2 * limit)].slice(0, limit).join('') : value;
}

/** MLflow's sentence for a value that is too long. */
export function tooLong(path: string, limit: number): string {
  return `'${path}' exceeds the maximum length of ${limit} characters`;
}

/** Names of registered models. */
export function modelNameProblem(name: string): string | undefined {
  if (name.trim() === '') return missingValue('name');
  if (/[/:]/u.test(name)) return `Invalid model name '${name}'. Names cannot contain '/' or ':'.`;
  return isAmbiguousPath(name) ? invalidValue('name', name, ambiguous(name)) : undefined;
}

/** Aliases of model versions. `latest` and `v1`, `v2`, … would shadow MLflow's own references. */
export function aliasProblem(alias: string): string | undefined {
  if (alias === '') return 'Registered model alias name cannot be empty.';
  if (!ALIAS.test(alias)) {
    return `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`;
  }
  return isLonger(alias, 255) ? tooLong('Registered model alias name', 255) : undefined;
}

/** Aliases that may be read but not set. */
export function aliasReserved(alias: string): string | undefined {
  if (alias.toLowerCase() === 'latest') return "'latest' alias name (case insensitive) is reserved.";
  return /^v\d+$/iu.test(alias) ? `Version alias name '${alias}' is reserved.` : undefined;
}

/** Names of logged models. */
export function loggedModelNameProblem(name: string): string | undefined {
  if (name !== '' && !/[/:.%"']/u.test(name)) return undefined;
  return `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`;
}
