import type { z } from 'zod';
import type { Route } from '#http/route.ts';
import type { TrackingDeps } from './route.ts';
import { createAssessment } from './routes/assessments/create.ts';
import { deleteAssessment } from './routes/assessments/delete.ts';
import { getAssessment } from './routes/assessments/get.ts';
import { updateAssessment } from './routes/assessments/update.ts';
import { createDataset } from './routes/datasets/create.ts';
import { deleteDataset } from './routes/datasets/delete.ts';
import { addToExperiments, removeFromExperiments } from './routes/datasets/experiments.ts';
import { getDataset, getDatasetExperiments } from './routes/datasets/get.ts';
import { deleteDatasetRecords, getDatasetRecords, upsertDatasetRecords } from './routes/datasets/records.ts';
import { searchEvaluationDatasets } from './routes/datasets/search.ts';
import { deleteDatasetTag, setDatasetTags } from './routes/datasets/tags.ts';
import { createExperiment } from './routes/experiments/create.ts';
import { deleteExperiment } from './routes/experiments/delete.ts';
import { deleteExperimentTag } from './routes/experiments/delete-tag.ts';
import { getExperiment } from './routes/experiments/get.ts';
import { getExperimentByName } from './routes/experiments/get-by-name.ts';
import { restoreExperiment } from './routes/experiments/restore.ts';
import { searchExperiments, searchExperimentsByGet } from './routes/experiments/search.ts';
import { searchDatasets } from './routes/experiments/search-datasets.ts';
import { setExperimentTag } from './routes/experiments/set-tag.ts';
import { updateExperiment } from './routes/experiments/update.ts';
import { createLoggedModel } from './routes/logged-models/create.ts';
import { deleteLoggedModel } from './routes/logged-models/delete.ts';
import { deleteLoggedModelTag } from './routes/logged-models/delete-tag.ts';
import { finalizeLoggedModel } from './routes/logged-models/finalize.ts';
import { getLoggedModel } from './routes/logged-models/get.ts';
import { logLoggedModelParams } from './routes/logged-models/log-params.ts';
import { searchLoggedModels } from './routes/logged-models/search.ts';
import { setLoggedModelTags } from './routes/logged-models/set-tags.ts';
import { getHistory } from './routes/metrics/get-history.ts';
import { getHistoryBulk } from './routes/metrics/get-history-bulk.ts';
import { getHistoryBulkInterval } from './routes/metrics/get-history-bulk-interval.ts';
import { listColumns, listExperiments } from './routes/pages/experiments.ts';
import { countRuns, csvOfRuns, deleteRuns, restoreRuns, searchRunRows } from './routes/pages/runs.ts';
import { metricSeries } from './routes/pages/series.ts';
import { spansOfTrace } from './routes/pages/spans.ts';
import { createRun } from './routes/runs/create.ts';
import { deleteRun } from './routes/runs/delete.ts';
import { deleteTag } from './routes/runs/delete-tag.ts';
import { getRun } from './routes/runs/get.ts';
import { logBatch } from './routes/runs/log-batch.ts';
import { logInputs } from './routes/runs/log-inputs.ts';
import { logMetric } from './routes/runs/log-metric.ts';
import { logModel } from './routes/runs/log-model.ts';
import { logParameter } from './routes/runs/log-parameter.ts';
import { logOutputs } from './routes/runs/outputs.ts';
import { restoreRun } from './routes/runs/restore.ts';
import { searchRuns } from './routes/runs/search.ts';
import { setTag } from './routes/runs/set-tag.ts';
import { updateRun } from './routes/runs/update.ts';
import { deleteScorer, getScorer, listScorers, listScorerVersions, registerScorer } from './routes/scorers/scorers.ts';
import { serverInfo } from './routes/service/server-info.ts';
import { version } from './routes/service/version.ts';
import { batchGetTraceInfos } from './routes/traces/batch-get-infos.ts';
import { correlateTraces } from './routes/traces/correlation.ts';
import { deleteTraces } from './routes/traces/delete.ts';
import { deleteTraceTag } from './routes/traces/delete-tag.ts';
import { endTrace } from './routes/traces/end.ts';
import { exportTraces } from './routes/traces/export.ts';
import { getTrace } from './routes/traces/get.ts';
import { getTraceInfo } from './routes/traces/get-info.ts';
import { linkPrompts } from './routes/traces/link-prompts.ts';
import { linkTraces } from './routes/traces/link-to-run.ts';
import { searchTraces, searchTracesByGet } from './routes/traces/search.ts';
import { setTraceTag } from './routes/traces/set-tag.ts';
import { startTrace } from './routes/traces/start.ts';

/** Every endpoint of the role. */
export const routes = [
  createExperiment,
  getExperiment,
  getExperimentByName,
  searchExperiments,
  searchExperimentsByGet,
  deleteExperiment,
  restoreExperiment,
  updateExperiment,
  setExperimentTag,
  deleteExperimentTag,
  searchDatasets,
  createRun,
  getRun,
  updateRun,
  deleteRun,
  restoreRun,
  logMetric,
  logParameter,
  logBatch,
  setTag,
  deleteTag,
  logModel,
  logInputs,
  logOutputs,
  searchRuns,
  getHistory,
  getHistoryBulk,
  getHistoryBulkInterval,
  createLoggedModel,
  searchLoggedModels,
  getLoggedModel,
  finalizeLoggedModel,
  deleteLoggedModel,
  setLoggedModelTags,
  deleteLoggedModelTag,
  logLoggedModelParams,
  startTrace,
  endTrace,
  exportTraces,
  searchTraces,
  correlateTraces,
  searchTracesByGet,
  linkTraces,
  linkPrompts,
  getTrace,
  batchGetTraceInfos,
  getTraceInfo,
  setTraceTag,
  deleteTraceTag,
  deleteTraces,
  createAssessment,
  getAssessment,
  updateAssessment,
  deleteAssessment,
  createDataset,
  searchEvaluationDatasets,
  getDataset,
  getDatasetExperiments,
  deleteDataset,
  setDatasetTags,
  deleteDatasetTag,
  upsertDatasetRecords,
  getDatasetRecords,
  deleteDatasetRecords,
  addToExperiments,
  removeFromExperiments,
  registerScorer,
  listScorers,
  listScorerVersions,
  getScorer,
  deleteScorer,
  serverInfo,
  version,
  listExperiments,
  listColumns,
  searchRunRows,
  countRuns,
  csvOfRuns,
  deleteRuns,
  restoreRuns,
  metricSeries,
  spansOfTrace,
] as unknown as readonly Route<TrackingDeps, z.ZodType>[];
