import type { z } from 'zod';
import type { Route } from '#http/route.ts';
import type { RegistryDeps } from './route.ts';
import { deleteAlias } from './routes/aliases/delete.ts';
import { getAlias } from './routes/aliases/get.ts';
import { setAlias } from './routes/aliases/set.ts';
import { createModel } from './routes/models/create.ts';
import { deleteModel } from './routes/models/delete.ts';
import { deleteModelTag } from './routes/models/delete-tag.ts';
import { getModel } from './routes/models/get.ts';
import { getLatestVersions, getLatestVersionsByGet } from './routes/models/get-latest-versions.ts';
import { renameModel } from './routes/models/rename.ts';
import { searchModels } from './routes/models/search.ts';
import { setModelTag } from './routes/models/set-tag.ts';
import { updateModel } from './routes/models/update.ts';
import { moveAlias } from './routes/platform/alias.ts';
import { aliasHistory } from './routes/platform/alias-history.ts';
import { awaitChanges } from './routes/platform/changes.ts';
import { ensureModel, listModels } from './routes/platform/models.ts';
import { resolve } from './routes/platform/resolve.ts';
import { versionPage } from './routes/platform/version-page.ts';
import { addVersion } from './routes/platform/versions.ts';
import { webhookDeliveries } from './routes/platform/webhook-deliveries.ts';
import { createVersion } from './routes/versions/create.ts';
import { deleteVersion } from './routes/versions/delete.ts';
import { deleteVersionTag } from './routes/versions/delete-tag.ts';
import { getVersion } from './routes/versions/get.ts';
import { getDownloadUri } from './routes/versions/get-download-uri.ts';
import { searchVersions } from './routes/versions/search.ts';
import { setVersionTag } from './routes/versions/set-tag.ts';
import { transitionStage } from './routes/versions/transition-stage.ts';
import { updateVersion } from './routes/versions/update.ts';
import { createWebhook } from './routes/webhooks/create.ts';
import { deleteWebhook } from './routes/webhooks/delete.ts';
import { getWebhook } from './routes/webhooks/get.ts';
import { listWebhooks } from './routes/webhooks/list.ts';
import { testWebhook } from './routes/webhooks/try.ts';
import { updateWebhook } from './routes/webhooks/update.ts';

/** Every endpoint of the role. */
export const routes = [
  createModel,
  getModel,
  updateModel,
  renameModel,
  deleteModel,
  searchModels,
  getLatestVersions,
  getLatestVersionsByGet,
  setModelTag,
  deleteModelTag,
  setAlias,
  getAlias,
  deleteAlias,
  createVersion,
  getVersion,
  getDownloadUri,
  updateVersion,
  transitionStage,
  deleteVersion,
  searchVersions,
  setVersionTag,
  deleteVersionTag,
  listModels,
  ensureModel,
  addVersion,
  resolve,
  moveAlias,
  aliasHistory,
  awaitChanges,
  createWebhook,
  listWebhooks,
  getWebhook,
  updateWebhook,
  deleteWebhook,
  testWebhook,
  webhookDeliveries,
  versionPage,
] as unknown as readonly Route<RegistryDeps, z.ZodType>[];
