import { describe, expect, test } from 'vitest';
import { collectCatalogues, messageTemplate } from './collect.ts';
import { renderPages } from './render.ts';

describe('a message of the catalogue', () => {
  test('shows its parameters by name, whatever is done with them', () => {
    expect(messageTemplate(({ name, limit }: { name: string; limit: number }) => `'${name}' has more than ${limit}.`)).toBe(
      "'{name}' has more than {limit}.",
    );
    expect(messageTemplate(({ allowed }: { allowed: string[] }) => `Use ${allowed.map(String).join(', ')}.`)).toBe('Use {allowed}.');
  });

  test('that cannot be shown without a case says so', () => {
    expect(messageTemplate(({ n }: { n: bigint }) => `${JSON.stringify(n * 2n)}`)).toBe('depends on the case');
  });
});

describe('the generated pages', () => {
  const nothing = { roles: [], config: [], errors: [], metrics: [], routes: [], differences: [] };

  test('leave out what has no entries', () => {
    expect(renderPages(nothing).size).toBe(0);
  });

  test('keep a bar or a line break from breaking the table', () => {
    const config = [{ key: 'serving.max_batch', type: 'integer', defaultValue: '32', description: 'rows | per\nrun' }];
    const page = renderPages({ ...nothing, config }).get('config.md');
    expect(page).toContain('| `serving.max_batch` | integer | `32` | rows \\| per run | `TRAINYARD__SERVING__MAX_BATCH` |');
  });

  test('hide endpoints that are only other names', () => {
    const route = { method: 'GET', path: '/x', alsoUnder: [], aliases: [], summary: 'Show x', access: 'viewer', source: 'x.ts' };
    expect(renderPages({ ...nothing, routes: [{ ...route, hidden: true }] }).size).toBe(0);
    expect(renderPages({ ...nothing, routes: [{ ...route, hidden: false }] }).get('http-api.md')).toContain('`GET /x`');
  });

  test('tell where roles differ from MLflow', async () => {
    const { differences } = await collectCatalogues();
    const page = renderPages({ ...nothing, differences }).get('mlflow.md');
    expect(page).toContain('| `tracking` | `log-batch` is all or nothing. |');
    expect(page).toMatch(/\| `registry` \| Webhooks: .+ Deliveries are sent at least once, in any order\. \|/u);
  });
});
