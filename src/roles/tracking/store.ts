import { type Database, defineStore } from '#ports/database.ts';
import type { AssessmentChange, Pair, RunDatasetInput, Search, Trace, TraceEnd } from './entities.ts';
import { tables } from './migrations/0001-tables.ts';
import { traces as traceTables } from './migrations/0002-traces.ts';
import { traceRuns } from './migrations/0003-trace-runs.ts';
import { assessments as assessmentTables } from './migrations/0004-assessments.ts';
import { valuesUnchecked } from './migrations/0005-values-unchecked.ts';
import { spans as spanTables } from './migrations/0006-spans.ts';
import { tracePrompts } from './migrations/0007-trace-prompts.ts';
import { scorers as scorerTables } from './migrations/0008-scorers.ts';
import * as assessments from './store/assessments.ts';
import { type Batch, logBatch } from './store/batch/run-batch.ts';
import * as experiments from './store/experiments.ts';
import * as models from './store/logged-models.ts';
import * as history from './store/metric-history.ts';
import { type ExperimentListing, listColumns, listExperiments } from './store/pages/overview.ts';
import { moveRuns, type RowSearch, searchRunRows } from './store/pages/run-rows.ts';
import { getRun, getRunJson } from './store/read/runs.ts';
import * as inputs from './store/run-inputs.ts';
import * as runs from './store/runs.ts';
import * as scorers from './store/scorers/scorers.ts';
import { searchExperiments } from './store/search-experiments.ts';
import { type LoggedModelSearch, searchLoggedModels } from './store/search-logged-models.ts';
import { countRuns, searchRunsJson } from './store/search-runs.ts';
import { countTraces, searchTraces } from './store/search-traces.ts';
import { logSpans, type TracePart } from './store/spans/log.ts';
import { spanContents } from './store/spans/read.ts';
import * as traces from './store/traces.ts';
import type { TrackingTables } from './tables.ts';

/** Experiments, runs and logged models. Each method is one unit of work; what it does is in `store/`. */
export class TrackingStore {
  readonly #db: Database<TrackingTables>;
  constructor(db: Database<TrackingTables>) {
    this.#db = db;
  }

  createExperiment = (fresh: experiments.NewExperiment) => experiments.createExperiment(this.#db, fresh);
  ensureExperiment = (fresh: experiments.NewExperiment) => experiments.ensureExperiment(this.#db, fresh);
  placeDefaultExperiment = (root: string) => experiments.placeDefaultExperiment(this.#db, root);
  getExperiment = (id: string) => experiments.getExperiment(this.#db, id);
  getExperimentByName = (name: string) => experiments.getExperimentByName(this.#db, name);
  moveExperiment = (id: string, stage: { readonly to: 'active' | 'deleted'; readonly now: number }) =>
    experiments.moveExperiment(this.#db, id, stage);
  renameExperiment = (id: string, to: { readonly name: string; readonly now: number }) => experiments.renameExperiment(this.#db, id, to);
  setExperimentTag = (id: string, tag: Pair) => experiments.setExperimentTag(this.#db, id, tag);
  deleteExperimentTag = (id: string, key: string) => experiments.deleteExperimentTag(this.#db, id, key);
  searchExperiments = (search: Search) => searchExperiments(this.#db, search);

  createRun = (fresh: runs.NewRunRecord) => runs.createRun(this.#db, fresh);
  updateRun = (id: string, change: runs.RunChange) => runs.updateRun(this.#db, id, change);
  moveRun = (id: string, stage: 'active' | 'deleted') => runs.moveRun(this.#db, id, stage);
  setRunTag = (id: string, tag: Pair) => runs.setRunTag(this.#db, id, tag);
  deleteRunTag = (id: string, key: string) => runs.deleteRunTag(this.#db, id, key);
  runInfo = (id: string) => runs.runInfo(this.#db.read, id);
  getRun = (id: string) => getRun(this.#db, id);
  getRunJson = (id: string) => getRunJson(this.#db, id);
  searchRunsJson = (experimentIds: readonly string[], search: Search) => searchRunsJson(this.#db, experimentIds, search);
  logBatch = (id: string, batch: Batch) => logBatch(this.#db, id, batch);
  logInputs = (id: string, read: { readonly datasets: readonly RunDatasetInput[]; readonly models: readonly string[] }) =>
    inputs.logInputs(this.#db, id, read);
  logOutputs = (id: string, made: readonly { readonly model_id: string; readonly step: number }[]) => inputs.logOutputs(this.#db, id, made);
  searchDatasets = (experimentIds: readonly string[], limit: number) => inputs.searchDatasets(this.#db, experimentIds, limit);

  metricHistoryJson = (id: string, query: history.HistoryQuery) => history.metricHistoryJson(this.#db, id, query);
  metricHistoryBulk = (ids: readonly string[], query: { readonly key: string; readonly limit: number }) =>
    history.metricHistoryBulk(this.#db, ids, query);
  metricInterval = (ids: readonly string[], query: history.IntervalQuery) => history.metricInterval(this.#db, ids, query);

  createLoggedModel = (fresh: models.NewLoggedModel) => models.createLoggedModel(this.#db, fresh);
  getLoggedModel = (id: string, deletedToo: boolean) => models.getLoggedModel(this.#db, id, deletedToo);
  finishLoggedModel = (id: string, to: { readonly status: string; readonly now: number }) => models.finishLoggedModel(this.#db, id, to);
  deleteLoggedModel = (id: string, now: number) => models.deleteLoggedModel(this.#db, id, now);
  setLoggedModelTags = (id: string, tags: readonly Pair[]) => models.setLoggedModelTags(this.#db, id, tags);
  deleteLoggedModelTag = (id: string, key: string) => models.deleteLoggedModelTag(this.#db, id, key);
  logLoggedModelParams = (id: string, params: readonly Pair[]) => models.logLoggedModelParams(this.#db, id, params);
  searchLoggedModels = (search: LoggedModelSearch) => searchLoggedModels(this.#db, search);

  registerScorer = (experimentId: string, fresh: scorers.NewScorer) => scorers.registerScorer(this.#db, experimentId, fresh);
  listScorers = (experimentIds: readonly string[] | undefined) => scorers.listScorers(this.#db, experimentIds);
  listScorersOf = (experimentId: string) => scorers.listScorersOf(this.#db, experimentId);
  listScorerVersions = (experimentId: string, name: string) => scorers.listScorerVersions(this.#db, experimentId, name);
  getScorer = (experimentId: string, which: scorers.WhichScorer) => scorers.getScorer(this.#db, experimentId, which);
  deleteScorer = (experimentId: string, which: scorers.WhichScorer) => scorers.deleteScorer(this.#db, experimentId, which);

  listExperiments = (listing: ExperimentListing) => listExperiments(this.#db, listing);
  listColumns = (experimentIds: readonly string[]) => listColumns(this.#db, experimentIds);
  searchRunRows = (experimentIds: readonly string[], rows: RowSearch) => searchRunRows(this.#db, experimentIds, rows);
  countRuns = (experimentIds: readonly string[], of: Pick<Search, 'filter' | 'view'>) => countRuns(this.#db, experimentIds, of);
  moveRuns = (ids: readonly string[], stage: 'active' | 'deleted') => moveRuns(this.#db, ids, stage);

  saveTrace = (trace: Trace, said: readonly assessments.NewAssessment[]) => traces.saveTrace(this.#db, trace, said);
  logSpans = (experimentId: string, parts: readonly TracePart[]) => logSpans(this.#db, experimentId, parts);
  spanContents = (traceId: string) => spanContents(this.#db, traceId);
  getTraces = (ids: readonly string[]) => traces.getTraces(this.#db, ids);
  endTrace = (id: string, end: TraceEnd) => traces.endTrace(this.#db, id, end);
  linkTraces = (ids: readonly string[], runId: string) => traces.linkTraces(this.#db, ids, runId);
  linkPrompts = (id: string, prompts: readonly string[]) => traces.linkPrompts(this.#db, id, prompts);
  getTrace = (id: string) => traces.getTrace(this.#db, id);
  setTraceTag = (id: string, tag: Pair) => traces.setTraceTag(this.#db, id, tag);
  deleteTraceTag = (id: string, key: string) => traces.deleteTraceTag(this.#db, id, key);
  deleteTraces = (experimentId: string, which: traces.WhichTraces) => traces.deleteTraces(this.#db, experimentId, which);
  createAssessment = (traceId: string, fresh: assessments.NewAssessment) => assessments.createAssessment(this.#db, traceId, fresh);
  getAssessment = (traceId: string, id: string) => assessments.getAssessment(this.#db, traceId, id);
  updateAssessment = (at: { readonly traceId: string; readonly id: string }, change: AssessmentChange) =>
    assessments.updateAssessment(this.#db, at, change);
  deleteAssessment = (traceId: string, id: string) => assessments.deleteAssessment(this.#db, traceId, id);
  countTraces = (experimentIds: readonly string[], filters: Parameters<typeof countTraces>[2]) =>
    countTraces(this.#db, experimentIds, filters);
  searchTraces = (experimentIds: readonly string[], search: Search) => searchTraces(this.#db, experimentIds, search);
}

export const store = defineStore<TrackingStore, TrackingTables>({
  name: 'tracking',
  module: import.meta.url,
  migrations: [tables, traceTables, traceRuns, assessmentTables, valuesUnchecked, spanTables, tracePrompts, scorerTables],
  reads: [
    'getExperiment',
    'getExperimentByName',
    'searchExperiments',
    'runInfo',
    'getRun',
    'getRunJson',
    'searchRunsJson',
    'searchDatasets',
    'metricHistoryJson',
    'metricHistoryBulk',
    'metricInterval',
    'listExperiments',
    'listColumns',
    'searchRunRows',
    'countRuns',
    'getLoggedModel',
    'searchLoggedModels',
    'getTrace',
    'getTraces',
    'spanContents',
    'getAssessment',
    'searchTraces',
    'countTraces',
    'listScorers',
    'listScorersOf',
    'listScorerVersions',
    'getScorer',
  ],
  create: (db) => new TrackingStore(db),
});
