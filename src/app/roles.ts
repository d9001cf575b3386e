import artifacts from '#roles/artifacts/role.ts';
import type { RoleManifest } from '#roles/define-role.ts';
import events from '#roles/events/role.ts';
import graphql from '#roles/graphql/role.ts';
import monitoring from '#roles/monitoring/role.ts';
import registry from '#roles/registry/role.ts';
import serving from '#roles/serving/role.ts';
import tracking from '#roles/tracking/role.ts';
import training from '#roles/training/role.ts';
import ui from '#roles/ui/role.ts';

/** Every role of the product, in alphabetical order. A manifest is light: what it needs is loaded when it starts. */
export const roles: readonly RoleManifest[] = [
  artifacts,
  events,
  graphql,
  monitoring,
  registry,
  serving,
  tracking,
  training,
  ui,
] as unknown as readonly RoleManifest[];
