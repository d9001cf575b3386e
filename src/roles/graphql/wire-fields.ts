import { type GraphQLFieldResolver, getNamedType, isEnumType, isListType, isObjectType } from 'graphql';

/** An answer of a role, in the wire's form: names with underscores, what is empty left out. */
export type WireObject = Readonly<Record<string, unknown>>;

const EMPTY: Readonly<Record<string, unknown>> = { String: '', LongString: '0', Int: 0, Float: 0, Boolean: false };

/** Reads a field of an answer as protobuf's readers do: what is absent is the empty value of its type. An explicit null stays null. */
export const wireField: GraphQLFieldResolver<WireObject, unknown> = (...[source, , , { fieldName, returnType }]) => {
  const value = source[wireName(fieldName)];
  if (value === null) return null;
  if (isListType(returnType)) return value ?? [];
  const type = getNamedType(returnType);
  if (isObjectType(type)) return value ?? {};
  if (isEnumType(type)) return value ?? null;
  if (value === undefined) return EMPTY[type.name];
  if (type.name === 'LongString') return String(value);
  return type.name === 'Float' ? floatOf(value as number | string) : value;
};

/** `runId` is `run_id` on the wire. */
export function wireName(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

/** GraphQL's Float has neither NaN nor infinities: upstream answers null, and the largest doubles, which is how its database keeps them. */
function floatOf(value: number | string): number | null {
  const number = Number(value);
  if (Number.isNaN(number)) return null;
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, number));
}
