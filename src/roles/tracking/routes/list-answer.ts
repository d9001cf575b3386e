import { type PagePlace, writePageToken } from '#contract/http/mlflow/page-token.ts';
import { Reply } from '#http/route.ts';
import type { JsonSlice } from '../entities.ts';

interface ListAnswer {
  /** The field that holds the items; left out when there are none, as protobuf does. */
  readonly field: string;
  readonly limit: number;
  readonly place: PagePlace | undefined;
  /** What a page token is bound to. */
  readonly query: string;
  /** Items that are read at once. */
  readonly slice: number;
  /** Where a page with a limit ends with a token, however many items were asked for. */
  readonly mostCharacters?: number;
  readonly read: (limit: number, place: PagePlace | undefined) => Promise<JsonSlice>;
}

/** Callers in JavaScript cannot hold a text of 512 MB. */
const MOST_CHARACTERS = 256 * 1024 * 1024;

/** A long page at constant memory: it is read and sent slice by slice, as fast as the caller takes it. */
export async function listAnswer(asked: ListAnswer): Promise<Reply> {
  const first = await asked.read(Math.min(asked.limit, asked.slice), asked.place);
  const headers = { 'content-type': 'application/json' };
  const whole = first.next === undefined || first.count >= asked.limit;
  if (!whole) return new Reply(200, slices(asked, first), headers);
  return new Reply(200, first.count > 0 ? opening(asked, first) + ending(first.next, asked.query) : '{}', headers);
}

async function* slices(asked: ListAnswer, first: JsonSlice): AsyncGenerator<Buffer> {
  yield Buffer.from(opening(asked, first));
  let { count, next } = first;
  let characters = first.json.length;
  const most = Number.isFinite(asked.limit) ? (asked.mostCharacters ?? MOST_CHARACTERS) : Number.POSITIVE_INFINITY;
  while (next !== undefined && count < asked.limit && characters < most) {
    const slice = await asked.read(Math.min(asked.limit - count, asked.slice), next);
    if (slice.count > 0) yield Buffer.from(`,${slice.json}`);
    count += slice.count;
    characters += slice.json.length;
    next = slice.next;
  }
  yield Buffer.from(ending(next, asked.query));
}

const opening = ({ field }: ListAnswer, { json }: JsonSlice): string => `{"${field}":[${json}`;

const ending = (next: PagePlace | undefined, query: string): string =>
  next ? `],"next_page_token":${JSON.stringify(writePageToken(next, query))}}` : ']}';
