import { type PagePlace, writePageToken } from '#contract/http/mlflow/page-token.ts';
import { present } from '#http/mlflow/wire-values.ts';
import type { Model, Version } from './entities.ts';

export function versionToWire(version: Version): unknown {
  return present({
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.creation_time,
    last_updated_timestamp: version.last_update_time,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.run_id || undefined,
    status: 'READY',
    tags: version.tags,
    run_link: version.run_link,
    aliases: version.aliases,
  });
}

export function modelToWire(model: Model): unknown {
  return present({
    name: model.name,
    creation_timestamp: model.creation_time,
    last_updated_timestamp: model.last_update_time,
    description: model.description || undefined,
    latest_versions: model.latest.map(versionToWire),
    tags: model.tags,
    aliases: model.aliases,
  });
}

/** `next_page_token`, absent on the last page. @param query what the token may only be used with */
export function nextToken(next: PagePlace | undefined, query: string): { next_page_token?: string } {
  return next ? { next_page_token: writePageToken(next, query) } : {};
}
