import { expect, test } from 'vitest';
import type { RoleManifest } from '#roles/define-role.ts';
import { startOrder } from './order.ts';
import { roles } from './roles.ts';
import { rolesOfTargets } from './targets.ts';

const role = (name: string, ...peers: string[]): RoleManifest => ({ name, peers }) as unknown as RoleManifest;
const names = (...given: RoleManifest[]): string[] => startOrder(given).map((r) => r.name);

test('a role starts after those that it needs, wherever it is listed', () => {
  expect(names(role('a', 'c'), role('b'), role('c', 'b'))).toEqual(['b', 'c', 'a']);
  expect(names(role('a', 'elsewhere'))).toEqual(['a']);
});

test('a circle is refused, and named', () => {
  expect(() => names(role('x', 'a'), role('a', 'b'), role('b', 'a'))).toThrow('a → b → a');
  expect(() => names(role('a', 'a'))).toThrow('a → a');
});

test('the roles of the product have an order, in every target', () => {
  const known = roles.map((r) => r.name);
  const place = new Map(startOrder(roles).map((r, i) => [r.name, i]));
  for (const r of roles)
    for (const peer of r.peers) expect(place.get(peer), `${r.name} needs ${peer}`).toBeLessThan(place.get(r.name) as number);
  expect([...rolesOfTargets(['all'], known)].sort()).toEqual([...known].sort());
  expect([...rolesOfTargets(['ui', 'ui'], known)]).toEqual(['ui']);
  for (const target of ['nope', '', 'constructor', '__proto__'])
    expect(() => rolesOfTargets([target], known)).toThrow('There is no target');
});
