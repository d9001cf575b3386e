import { type Change, type Deployment, primaryOf } from '@/lib/api/deployments.ts';

/** The version that was live before the present one, as the history tells it. */
export function previousVersion(changes: readonly Change[], current: string | null | undefined): string | null {
  const last = changes.find(
    ({ to_version, from_version }) => from_version !== null && (current == null || to_version === current) && from_version !== to_version,
  );
  return last?.from_version ?? null;
}

/** What else a move means, one sentence each. */
export function impactOf(deployment: Deployment, target: string | null): string[] {
  const primary = primaryOf(deployment);
  const alias = primary?.model.split('@')[1];
  const shadow = deployment.variants.find(({ role }) => role === 'shadow');
  const lines: string[] = [];
  if (alias === undefined) lines.push(`The primary names the fixed version ${primary?.model ?? ''}: the server will refuse to move it.`);
  else lines.push(`The alias '${alias}' of ${primary?.model_name} moves: every deployment and client that names it follows.`);
  if (shadow && shadow.version === target) lines.push('The shadow runs this version already, so it is loaded and warm.');
  return lines;
}
