import type { RoleManifest } from '#roles/define-role.ts';
import ui from '#roles/ui/role.ts';

/** Every role of the product, in alphabetical order. A manifest is light: what it needs is loaded when it starts. */
export const roles: readonly RoleManifest[] = [ui] as unknown as readonly RoleManifest[];
