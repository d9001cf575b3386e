import { z } from 'zod';

/**
 * Kinds of fields of MLflow's protobuf messages as its clients write them in JSON and in queries (protobuf's JSON mapping, proto3 guide
 * "ProtoJSON format"). `null` means unset. Unknown fields are dropped by every schema that uses these.
 */

/** A string. NUL is refused because Postgres cannot store it. */
export const text = z.string().refine((value) => !value.includes('\u0000'), 'invalid');

/** A string that must be there and not be empty: protobuf cannot tell an empty string from none. */
export const required = text.min(1, 'missing');

/** A string that may be absent. */
export const optional = text.nullish();

/** A 64-bit integer as number or string. Beyond ±(2^53 − 1) it is refused, as a JSON number could not carry it back. */
export const int64 = z
  .union([z.int(), z.string().regex(/^[+-]?\d{1,19}$/u)])
  .transform(Number)
  .refine(Number.isSafeInteger, 'invalid');

/** A double as number, numeric string, or `"NaN"`, `"Infinity"`, `"-Infinity"`. */
export const double = z
  .union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']), z.string().regex(/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u)])
  .transform(Number);

/** A boolean, or the words `true` and `false` as queries carry them. */
export const flag = z
  .union([z.boolean(), z.string().regex(/^(?:true|false)$/iu)])
  .transform((value) => String(value).toLowerCase() === 'true');

/** Repeated strings; in a query one occurrence comes as a plain string. */
export const texts = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(text));

/** `{key, value}`; both parameters and tags look like this. A missing value is the empty string. */
export const Pair = z.object({ key: required, value: text.nullish().transform((value) => value ?? '') });
export type Pair = z.infer<typeof Pair>;

/** Tags of a request that may have none. */
export const pairs = z.array(Pair).nullish();

/** Fields shared by all searches. */
export const searchFields = { filter: optional, order_by: texts.nullish(), page_token: optional };
