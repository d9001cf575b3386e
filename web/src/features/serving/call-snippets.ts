import type { Inputs } from '@/lib/api/deployments.ts';

export const LANGUAGES = ['curl', 'Python', 'TypeScript'] as const;
export type Language = (typeof LANGUAGES)[number];

const python = (value: unknown): string =>
  value === null ? 'None' : value === true ? 'True' : value === false ? 'False' : JSON.stringify(value);

/** The form's request in another program's words. */
export function snippet(language: Language, deployment: string, inputs: Inputs): string {
  const url = `${window.location.origin}/deployments/${encodeURIComponent(deployment)}/predict`;
  const json = JSON.stringify(inputs);
  if (language === 'curl') return `curl -s ${url} \\\n  -H 'content-type: application/json' \\\n  -d '${json.replaceAll("'", "'\\''")}'`;
  if (language === 'Python') {
    const body = Object.entries(inputs).map(([name, value]) => `    ${JSON.stringify(name)}: ${python(value)},`);
    return `import requests\n\nanswer = requests.post("${url}", json={\n${body.join('\n')}\n})\nanswer.raise_for_status()\nprint(answer.json())`;
  }
  return `const answer = await fetch('${url}', {\n  method: 'POST',\n  headers: { 'content-type': 'application/json' },\n  body: JSON.stringify(${JSON.stringify(inputs, null, 2).replaceAll('\n', '\n  ')}),\n});\nconsole.log(await answer.json());`;
}
