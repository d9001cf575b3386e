import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BUNDLED, bundlesFolder } from '../bin/quick-modules.js';

const VALUES = /^import (?!type )(?:(?<whole>\w+)(?:, )?)?(?:\{(?<names>[^}]*)\} )?from '(?<name>[^']+)'/gmu;

test('bundles have all that the sources import from their packages', async () => {
  execFileSync('node', ['scripts/bundle-packages.ts']);
  const wanted = new Map(BUNDLED.map((name) => [name, new Set<string>()]));
  for (const file of globSync('src/**/*.ts')) {
    for (const { groups } of readFileSync(file, 'utf8').matchAll(VALUES)) {
      const { whole, names = '', name = '' } = groups as Record<string, string | undefined>;
      if (whole) wanted.get(name)?.add('default');
      for (const one of names.split(',').map((text) => text.trim())) {
        if (one !== '' && !one.startsWith('type ')) wanted.get(name)?.add(one.split(' ')[0] as string);
      }
    }
  }
  expect([...wanted.values()].every((names) => names.size > 0)).toBe(true);
  for (const [name, names] of wanted) {
    const bundle = (await import(new URL(`${name}.mjs`, bundlesFolder()).href)) as Record<string, unknown>;
    expect(Object.keys(bundle), name).toEqual(expect.arrayContaining([...names]));
  }
});
