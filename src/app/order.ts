import type { RoleManifest } from '#roles/define-role.ts';
import { fail } from './errors.ts';

/** Roles in an order in which every one comes after the roles that it needs and that run here. @throws ROLE_CYCLE */
export function startOrder(roles: readonly RoleManifest[]): RoleManifest[] {
  const byName = new Map(roles.map((r) => [r.name, r]));
  const done = new Set<string>();
  const ordered: RoleManifest[] = [];
  const visit = (role: RoleManifest, path: readonly string[]): void => {
    if (done.has(role.name)) return;
    if (path.includes(role.name)) throw fail.roleCycle({ cycle: [...path.slice(path.indexOf(role.name)), role.name].join(' → ') });
    for (const peer of role.peers) {
      const needed = byName.get(peer);
      if (needed) visit(needed, [...path, role.name]);
    }
    done.add(role.name);
    ordered.push(role);
  };
  for (const role of roles) visit(role, []);
  return ordered;
}
