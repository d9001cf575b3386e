import type { z } from 'zod';
import type { KnownError } from '#kernel/errors.ts';
import { fail } from './errors.ts';

/** What was wrong with one field. */
export interface FieldIssue {
  readonly field: string;
  readonly message: string;
}

/** A list of a million wrong items must not be answered with a million sentences. */
const MAX_ISSUES = 20;

/** Turns schema issues, and what else was found wrong, into one sentence and a list, each item with the field's path. */
export function platformInputError(issues: readonly z.core.$ZodIssue[], more: readonly FieldIssue[] = []): KnownError {
  const read = issues.slice(0, MAX_ISSUES).map((issue): FieldIssue => ({ field: fieldPath(issue.path), message: sentence(issue) }));
  const errors = [...read, ...more].slice(0, MAX_ISSUES);
  const told = errors.map((e) => (e.field === '' ? e.message : `${e.field}: ${e.message}`)).join('; ');
  const count = issues.length + more.length;
  const detail = count > MAX_ISSUES ? `${told}; and ${count - MAX_ISSUES} more` : told;
  return fail.inputInvalid({ detail, errors });
}

function fieldPath(path: readonly PropertyKey[]): string {
  return path.map((p, i) => (typeof p === 'number' ? `[${p}]` : `${i > 0 ? '.' : ''}${String(p)}`)).join('');
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined && /received undefined/u.test(issue.message)) return 'is required';
  return issue.message.replace(/^Invalid input: /u, '');
}
