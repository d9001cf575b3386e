/** A prediction request. */
export interface Call {
  /** Path on this server. */
  readonly path: string;
  readonly body: unknown;
}

export const LANGUAGES = ['curl', 'Python', 'TypeScript'] as const;
export type Language = (typeof LANGUAGES)[number];

const WIDTH = 76;

/** The request in another program's words. */
export function snippet(language: Language, { path, body }: Call, origin = window.location.origin): string {
  const url = origin + path;
  if (language === 'curl') {
    const json = JSON.stringify(body).replaceAll("'", "'\\''");
    return `curl -s ${url} \\\n  -H 'content-type: application/json' \\\n  -d '${json}'`;
  }
  if (language === 'Python')
    return `import requests\n\nanswer = requests.post("${url}", json=${python(body)})\nanswer.raise_for_status()\nprint(answer.json())`;
  const text = (JSON.stringify(body, null, 2) ?? 'null').replaceAll('\n', '\n  ');
  return `const answer = await fetch('${url}', {\n  method: 'POST',\n  headers: { 'content-type': 'application/json' },\n  body: JSON.stringify(${text}),\n});\nconsole.log(await answer.json());`;
}

/** JSON as a Python literal, on one line where it fits. */
function python(value: unknown, indent = ''): string {
  const flat = flatPython(value);
  if (flat.length + indent.length <= WIDTH && (indent !== '' || !isObject(value))) return flat;
  const inner = `${indent}    `;
  if (Array.isArray(value)) return `[\n${value.map((v) => `${inner}${python(v, inner)},`).join('\n')}\n${indent}]`;
  if (!isObject(value)) return flat;
  const members = Object.entries(value).map(([key, v]) => `${inner}${JSON.stringify(key)}: ${python(v, inner)},`);
  return `{\n${members.join('\n')}\n${indent}}`;
}

function flatPython(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(flatPython).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, v]) => `${JSON.stringify(key)}: ${flatPython(v)}`)
    .join(', ')}}`;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
