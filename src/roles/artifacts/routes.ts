import type { z } from 'zod';
import type { Route } from '#http/route.ts';
import type { ArtifactsDeps } from './route.ts';
import { downloadOfModel, listOfModel } from './routes/models/logged-model-files.ts';
import { downloadOfVersion } from './routes/models/version-file.ts';
import { exportModel } from './routes/platform/export.ts';
import { listing } from './routes/platform/list.ts';
import { offers } from './routes/platform/offers.ts';
import { read } from './routes/platform/read.ts';
import { remove } from './routes/proxy/delete.ts';
import { download } from './routes/proxy/download.ts';
import { list } from './routes/proxy/list.ts';
import { abortUpload, completeUpload, createUpload } from './routes/proxy/multipart.ts';
import { presigned } from './routes/proxy/presigned.ts';
import { upload } from './routes/proxy/upload.ts';
import { downloadOfRun } from './routes/runs/download.ts';
import { listOfRun } from './routes/runs/list.ts';
import { presignedDownload, presignedUpload } from './routes/runs/presigned.ts';
import { uploadToRun } from './routes/runs/upload.ts';
import { batchGetTraces } from './routes/traces/batch-get.ts';
import { downloadOfTrace } from './routes/traces/file.ts';
import { getTraceWithSpans } from './routes/traces/get.ts';

/** Every endpoint of the role. */
export const routes = [
  upload,
  download,
  remove,
  list,
  createUpload,
  completeUpload,
  abortUpload,
  presigned,
  presignedUpload,
  presignedDownload,
  listOfRun,
  downloadOfRun,
  uploadToRun,
  downloadOfVersion,
  listOfModel,
  downloadOfModel,
  downloadOfTrace,
  getTraceWithSpans,
  batchGetTraces,
  read,
  listing,
  offers,
  exportModel,
] as unknown as readonly Route<ArtifactsDeps, z.ZodType>[];
