import { z } from 'zod';
import { optional, required } from '../fields.ts';

const Variables = z.record(z.string(), z.unknown());

/** POST graphql */
export const GraphqlQuestion = z.object({ query: required, variables: Variables.nullish(), operationName: optional });

/** GET graphql: the variables are JSON. */
export const GraphqlQuestionByGet = GraphqlQuestion.extend({
  variables: z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.issues.push({ code: 'custom', message: 'not JSON', input: text });
        return z.NEVER;
      }
    })
    .pipe(Variables.nullable())
    .optional(),
});

/** The answer in MLflow's form: errors are sentences. */
export const GraphqlAnswer = z.object({ data: z.record(z.string(), z.unknown()).nullable(), errors: z.array(z.string()).nullable() });
