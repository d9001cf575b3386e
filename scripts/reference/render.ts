import type { Catalogues } from './collect.ts';

const cell = (value: string | number): string => String(value).replaceAll('|', '\\|').replaceAll('\n', ' ').trim();
const code = (value: string): string => (value === '' ? '' : `\`${value}\``);
const codes = (values: readonly string[]): string => values.map(code).join(', ');

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const environmentName = (key: string): string => `TRAINYARD__${key.replaceAll('.', '__').toUpperCase()}`;

interface Page {
  readonly file: string;
  readonly title: string;
  readonly about: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

const rolePage = ({ roles }: Catalogues): Page => ({
  file: 'roles.md',
  title: 'Roles',
  about: 'What the program is made of; each can be a target of its own.',
  head: ['role', 'what it does', 'ports', 'peers', 'answers'],
  rows: roles.map((role) => [code(role.name), role.summary, codes(role.needs), codes(role.peers), codes(role.prefixes)]),
});

const configPage = ({ config }: Catalogues): Page => ({
  file: 'config.md',
  title: 'Configuration keys',
  about: 'Defaults < `trainyard.yaml` < environment < flags.',
  head: ['key', 'type', 'default', 'meaning', 'environment'],
  rows: config.map(({ key, type, defaultValue, description }) => [
    code(key),
    type,
    code(defaultValue),
    description,
    code(environmentName(key)),
  ]),
});

const errorPage = ({ errors }: Catalogues): Page => ({
  file: 'errors.md',
  title: 'Errors',
  about: 'Every failure that a caller may see.',
  head: ['code', 'status', 'message', 'on MLflow paths', 'what to do'],
  rows: errors.map((error) => [code(error.code), error.status, error.message, code(error.mlflow ?? ''), error.hint ?? '']),
});

const metricPage = ({ metrics }: Catalogues): Page => ({
  file: 'metrics.md',
  title: 'Metrics',
  about: 'Every family of `/metrics`.',
  head: ['name', 'type', 'labels', 'meaning'],
  rows: metrics.map((metric) => [code(metric.name), metric.type, codes(metric.labels), metric.help]),
});

const endpointPage = ({ routes }: Catalogues): Page => ({
  file: 'http-api.md',
  title: 'HTTP API',
  about: 'Every endpoint; `/docs` on a running server shows their bodies.',
  head: ['endpoint', 'what it does', 'access', 'also under'],
  rows: routes
    .filter((route) => !route.hidden)
    .map((route) => [code(`${route.method} ${route.path}`), route.summary, route.access, codes(route.alsoUnder)]),
});

const mlflowPage = ({ differences }: Catalogues): Page => ({
  file: 'mlflow.md',
  title: 'Differences from MLflow',
  about: 'Where answers differ on purpose from those of MLflow 3.17, whose clients need none of this to work.',
  head: ['part', 'difference'],
  rows: differences.map(({ role, text }) => [code(role), text]),
});

function render({ title, about, head, rows }: Page): string {
  return `# ${title}\n\n${about} Written by \`npm run gen\`; do not edit.\n\n${table(head, rows)}\n`;
}

/** The generated pages of docs/reference: file name → text. A page without entries is left out. */
export function renderPages(catalogues: Catalogues): ReadonlyMap<string, string> {
  const pages = [rolePage, configPage, errorPage, metricPage, endpointPage, mlflowPage].map((make) => make(catalogues));
  return new Map(pages.filter(({ rows }) => rows.length > 0).map((page) => [page.file, render(page)]));
}
