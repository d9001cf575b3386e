import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { Related } from './related.ts';
import { type MlflowPeers, type QueryContext, RESOLVERS } from './resolvers.ts';
import { type QueryLimits, refusalOfQuery } from './scan.ts';
import { SCHEMA } from './schema.ts';
import { type WireObject, wireField } from './wire-fields.ts';

interface Question {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName?: string | null | undefined;
}

interface Circumstances {
  readonly peers: MlflowPeers;
  readonly limits: QueryLimits;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly data: unknown;
  readonly errors: readonly string[] | null;
}

/** Names and signs in a query: far more than the limits of selections leave room for. */
const MAX_TOKENS = 20_000;

const schema = buildSchema(SCHEMA);
giveResolvers(schema);

/** Answers in MLflow's form. Failures of the server are thrown. */
export async function answerQuestion({ query, variables, operationName }: Question, about: Circumstances): Promise<Answer> {
  const document = read(query, about.limits);
  if (!('kind' in document)) return { data: null, errors: document.errors };
  const context: QueryContext = { peers: about.peers, related: new Related(about.peers), requestId: about.requestId, refused: [] };
  const { data, errors = [] } = await execute({
    schema,
    document,
    contextValue: context,
    variableValues: variables ?? null,
    operationName: operationName ?? null,
    fieldResolver: wireField as GraphQLFieldResolver<unknown, unknown>,
    abortSignal: about.signal,
  });
  if (context.failure !== undefined) throw context.failure;
  const sentences = [...context.refused, ...errors.map(({ message }) => message)];
  return { data: data ?? null, errors: sentences.length > 0 ? sentences : null };
}

function read(query: string, limits: QueryLimits): DocumentNode | { readonly errors: readonly string[] } {
  try {
    const document = parse(query, { maxTokens: MAX_TOKENS, noLocation: false });
    const refusal = refusalOfQuery(document, limits);
    const errors = refusal ? [refusal] : validate(schema, document);
    return errors.length > 0 ? { errors: errors.map(({ message }) => message) } : document;
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error.message] };
    throw error;
  }
}

function giveResolvers(to: GraphQLSchema): void {
  for (const [name, fields] of Object.entries(RESOLVERS)) {
    const type = to.getType(name);
    if (!isObjectType(type)) throw new Error(`the schema has no type ${name}`);
    for (const [field, resolve] of Object.entries(fields)) {
      const found = type.getFields()[field];
      if (!found) throw new Error(`the schema has no field ${name}.${field}`);
      found.resolve = resolve as GraphQLFieldResolver<WireObject, unknown>;
    }
  }
}
