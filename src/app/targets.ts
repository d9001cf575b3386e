import { fail } from './errors.ts';

/** Composite targets as data; every role is a target by itself. */
const COMPOSITES: Readonly<Record<string, readonly string[] | 'all'>> = {
  all: 'all',
  api: ['artifacts', 'graphql', 'registry', 'tracking', 'ui'],
  worker: ['events', 'monitoring', 'training'],
};

/** The roles that a list of targets means. @throws TARGET_UNKNOWN */
export function rolesOfTargets(targets: readonly string[], known: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const target of targets) {
    const composite = Object.hasOwn(COMPOSITES, target) ? COMPOSITES[target] : undefined;
    const members = composite === 'all' ? known : (composite ?? (known.includes(target) ? [target] : undefined));
    if (!members) throw fail.roleUnknown({ target, known: [...Object.keys(COMPOSITES), ...known].join(', ') });
    for (const member of members) names.add(member);
  }
  return names;
}
