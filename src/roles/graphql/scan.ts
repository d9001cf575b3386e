import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, GraphQLError, Kind, type SelectionSetNode } from 'graphql';

/** How wide a query may be. */
export interface QueryLimits {
  readonly rootFields: number;
  readonly aliases: number;
}

const MAX_DEPTH = 10;
const MAX_SELECTIONS = 1000;

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/**
 * Looks over a query before it is even validated: the limits and the sentences are those of MLflow 3.17. Fragments count where they are spread.
 * @returns why it is refused
 */
export function refusalOfQuery(document: DocumentNode, limits: QueryLimits): GraphQLError | undefined {
  const fragments: Fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  let rootFields = 0;
  let aliases = 0;
  let selections = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const open: { readonly at: SelectionSetNode; readonly depth: number }[] = [{ at: definition.selectionSet, depth: 1 }];
    for (let place = open.pop(); place; place = open.pop()) {
      const { at, depth } = place;
      if (depth > MAX_DEPTH) return new GraphQLError(`Query exceeds maximum depth of ${MAX_DEPTH}`);
      const fields = fieldsOf(at, fragments);
      selections += fields.length;
      if (selections > MAX_SELECTIONS) return new GraphQLError(`Query exceeds maximum total selections of ${MAX_SELECTIONS}`);
      if (depth === 1) rootFields += fields.length;
      aliases = Math.max(aliases, fields.filter(({ alias }) => alias).length);
      for (const { selectionSet } of fields) if (selectionSet) open.push({ at: selectionSet, depth: depth + 1 });
    }
  }
  if (rootFields > limits.rootFields)
    return tooMany('root fields', { got: rootFields, most: limits.rootFields, variable: 'MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS' });
  if (aliases > limits.aliases)
    return tooMany('aliases', { got: aliases, most: limits.aliases, variable: 'MLFLOW_SERVER_GRAPHQL_MAX_ALIASES' });
  return undefined;
}

/** The fields asked for at one place, those of its fragments too. A fragment that spreads itself is read once. */
function fieldsOf(place: SelectionSetNode, fragments: Fragments): FieldNode[] {
  const fields: FieldNode[] = [];
  const seen = new Set<string>();
  const waiting = [...place.selections];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.kind === Kind.FIELD) fields.push(next);
    else if (next.kind === Kind.INLINE_FRAGMENT) waiting.push(...next.selectionSet.selections);
    else if (!seen.has(next.name.value)) {
      seen.add(next.name.value);
      waiting.push(...(fragments.get(next.name.value)?.selectionSet.selections ?? []));
    }
    if (fields.length > MAX_SELECTIONS) return fields;
  }
  return fields;
}

function tooMany(what: string, { got, most, variable }: { got: number; most: number; variable: string }): GraphQLError {
  return new GraphQLError(
    `GraphQL queries should have at most ${most} ${what}, got ${got} ${what}. To increase the limit, set the ${variable} environment variable.`,
  );
}
