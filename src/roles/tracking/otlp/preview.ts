import { clip, isLonger } from '#contract/http/mlflow/names.ts';
import { parsed } from './conventions.ts';

/** Characters of a request or an answer that are shown in lists of traces (MLflow 3.17). */
const LONGEST = 1000;

interface Said {
  readonly role: unknown;
  readonly content: unknown;
}

/** What a list of traces shows of a request or an answer: the last message of `role` in a conversation, or the whole JSON text. */
export function previewOf(json: string, role: 'user' | 'assistant'): string {
  const messages = messagesOf(parsed(json));
  const message = messages.findLast((each) => each.role === role) ?? messages.at(-1);
  const content = (message && textOf(message.content)) || json;
  // A code point has at most two units: more of a long text need not be looked at.
  const head = content.slice(0, 2 * LONGEST + 2);
  return isLonger(head, LONGEST) ? `${clip(head, LONGEST - 3)}...` : content;
}

/** The conversation in the forms of chat completions and responses, of OpenAI's API. */
function messagesOf(value: unknown): readonly Said[] {
  for (let at = value; isObject(at); at = at['request']) {
    const { messages, choices, input, output } = at;
    if (Array.isArray(messages) && messages.length > 0) return messages.filter(isMessage);
    const answer = Array.isArray(choices) && isObject(choices[0]) ? choices[0]['message'] : undefined;
    if (isMessage(answer)) return [answer];
    for (const list of [input, output]) if (Array.isArray(list) && list.length > 0) return list.filter(isMessage);
  }
  return [];
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  for (const part of content) {
    if (typeof part === 'string') return part;
    if (isObject(part) && (part['type'] === 'text' || part['type'] === 'output_text'))
      return typeof part['text'] === 'string' ? part['text'] : '';
  }
  return '';
}

function isMessage(value: unknown): value is Said {
  return isObject(value) && 'role' in value && 'content' in value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
