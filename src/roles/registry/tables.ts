import type { Generated } from 'kysely';
import type { WebhookTables } from './webhooks/tables.ts';

/** Tables of registered models. `id` is ours, so that a rename touches one row. Times are milliseconds. Changes are noted for webhooks where they are made. */
export interface RegistryTables extends WebhookTables {
  registry_models: {
    id: Generated<number>;
    name: string;
    description: string;
    creation_time: number;
    last_update_time: number;
    /** Numbers of deleted versions are not given again. */
    next_version: number;
  };
  registry_model_tags: { model: number; key: string; value: string };
  registry_versions: {
    model: number;
    version: number;
    creation_time: number;
    last_update_time: number;
    description: string;
    stage: string;
    source: string;
    /** Where the files are: what `source` meant when the version was made. */
    storage_location: string;
    run_id: string;
    run_link: string;
    model_id: string;
  };
  registry_version_tags: { model: number; version: number; key: string; value: string };
  registry_aliases: { model: number; alias: string; version: number };
  /** Kept by name, also after the model is gone. */
  registry_alias_history: {
    id: Generated<number>;
    name: string;
    alias: string;
    from_version: number | null;
    to_version: number | null;
    at: number;
    by_whom: string;
    reason: string;
  };
  /** One row. */
  registry_revision: { id: number; revision: number };
}
