import type { z } from 'zod';
import type { KnownError } from '#kernel/errors.ts';
import { fail } from './errors.ts';

/** Turns schema issues into the messages that MLflow's own validators give. */
export function mlflowInputError(issues: readonly z.core.$ZodIssue[], _input: unknown): KnownError {
  const issue = issues[0] as z.core.$ZodIssue;
  const name = issue.path.map(String).join('.');
  const missing = issue.input === undefined;
  const detail = missing ? `Missing value for required parameter '${name}'.` : `Invalid value ${JSON.stringify(issue.input)} for parameter '${name}' supplied`;
  return fail.inputInvalid({ detail });
}
