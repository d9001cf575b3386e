import type { z } from 'zod';
import { GraphqlAnswer, GraphqlQuestion, GraphqlQuestionByGet } from '#contract/http/mlflow/graphql/question.ts';
import { defineRoute, type RequestContext } from '#http/route.ts';
import type { Logger } from '#kernel/logger.ts';
import type { MlflowPeers } from '../resolvers.ts';
import type { QueryLimits } from '../scan.ts';

interface Deps {
  readonly peers: MlflowPeers;
  readonly limits: QueryLimits;
  readonly logger: Logger;
}

const route = defineRoute<Deps>();
const shared = { path: '/graphql', access: 'viewer', style: 'mlflow', tag: 'tracking', answer: GraphqlAnswer } as const;

/** POST /graphql */
export const askByPost = route({
  ...shared,
  method: 'POST',
  summary: "Answer a GraphQL query of MLflow's pages",
  input: GraphqlQuestion,
  handle: answer,
});

/** GET /graphql */
export const askByGet = route({
  ...shared,
  method: 'GET',
  summary: 'The same for a query in the URL',
  input: GraphqlQuestionByGet,
  handle: answer,
});

/** The library is loaded with the first question: most installations never ask one. */
async function answer({ peers, limits }: Deps, question: z.infer<typeof GraphqlQuestion>, context: RequestContext) {
  const { answerQuestion } = await import('../execute.ts');
  return answerQuestion(question, { peers, limits, requestId: context.requestId, signal: context.signal });
}
