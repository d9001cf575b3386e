import type { Catalogues } from './collect.ts';

const cell = (value: string | number): string => String(value).replaceAll('|', '\\|').replaceAll('\n', ' ').trim();
const code = (value: string): string => (value === '' ? '' : `\`${value}\``);
const codes = (values: readonly string[]): string => values.map(code).join(', ');

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function page(title: string, about: string, body: string): string {
  return `# ${title}\n\n${about} Written by \`npm run gen\`; do not edit.\n\n${body}\n`;
}

const environmentName = (key: string): string => `TRAINYARD__${key.replaceAll('.', '__').toUpperCase()}`;

/** The generated pages of docs/reference: file name → text. A page without entries is left out. */
export function renderPages({ roles, config, errors, metrics, routes }: Catalogues): ReadonlyMap<string, string> {
  const pages = new Map<string, string>();
  const add = (name: string, entries: readonly unknown[], text: string): void => {
    if (entries.length > 0) pages.set(name, text);
  };
  const roleRows = roles.map((role) => [code(role.name), role.summary, codes(role.needs), codes(role.peers), codes(role.prefixes)]);
  add(
    'roles.md',
    roles,
    page(
      'Roles',
      'What the program is made of; each can be a target of its own.',
      table(['role', 'what it does', 'ports', 'peers', 'answers'], roleRows),
    ),
  );
  const configRows = config.map(({ key, type, defaultValue, description }) => [
    code(key),
    type,
    code(defaultValue),
    description,
    code(environmentName(key)),
  ]);
  add(
    'config.md',
    config,
    page(
      'Configuration keys',
      'Defaults < `trainyard.yaml` < environment < flags.',
      table(['key', 'type', 'default', 'meaning', 'environment'], configRows),
    ),
  );
  const errorRows = errors.map((error) => [code(error.code), error.status, error.message, code(error.mlflow ?? ''), error.hint ?? '']);
  add(
    'errors.md',
    errors,
    page(
      'Errors',
      'Every failure that a caller may see.',
      table(['code', 'status', 'message', 'on MLflow paths', 'what to do'], errorRows),
    ),
  );
  const metricRows = metrics.map((metric) => [code(metric.name), metric.type, codes(metric.labels), metric.help]);
  add('metrics.md', metrics, page('Metrics', 'Every family of `/metrics`.', table(['name', 'type', 'labels', 'meaning'], metricRows)));
  const shown = routes.filter((route) => !route.hidden);
  const routeRows = shown.map((route) => [code(`${route.method} ${route.path}`), route.summary, route.access, codes(route.aliases)]);
  add(
    'http-api.md',
    shown,
    page(
      'HTTP API',
      'Every endpoint; `/docs` on a running server shows their bodies.',
      table(['endpoint', 'what it does', 'access', 'also at'], routeRows),
    ),
  );
  return pages;
}
