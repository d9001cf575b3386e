import type { VariantRole } from '#contract/events.ts';
import type { DriftAnswer, DriftMethod, QualityAnswer } from '#contract/http/platform/monitoring.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Remote } from '#ports/database.ts';
import { classificationQuality } from '#stats/classification-quality.ts';
import type { EventsApi } from '../events/api.ts';
import type { DeploymentView, ServingApi } from '../serving/api.ts';
import { driftReport, NO_REPORT, referenceInfo } from './drift/report.ts';
import type { DriftLimits } from './drift/score.ts';
import { fail } from './errors.ts';
import { SINK_NAME } from './fold/sink.ts';
import { confusionOf, metricsOf, positiveClass, taskOf } from './quality.ts';
import type { Reference, References } from './reference/references.ts';
import { pairOf } from './shadow.ts';
import type { MonitoringStore } from './store.ts';
import { iso, type TimeRange, windowWidth } from './time-range.ts';

interface Parts {
  readonly store: Remote<MonitoringStore>;
  readonly references: References;
  readonly events: Pick<EventsApi, 'analytics' | 'caughtUp' | 'indexed'>;
  readonly serving: Pick<ServingApi, 'list' | 'get'>;
  readonly limits: DriftLimits;
  readonly collectRows: number;
  readonly minuteDays: number;
  readonly clock: Clock;
}

export interface DriftRequest extends TimeRange {
  readonly methods: readonly DriftMethod[];
  readonly variant: VariantRole;
  readonly version?: string | undefined;
}

/** How long a page waits for events that were logged a moment ago. */
const FRESH_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Answers what monitoring is asked. */
export class Monitors {
  readonly #parts: Parts;
  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws MONITORING_DEPLOYMENT_NOT_FOUND */
  async deployment(name: string): Promise<DeploymentView> {
    const view = await this.#parts.serving.get(name);
    if (view !== undefined) return view;
    const known = (await this.#parts.serving.list()).map((d) => d.name).join(', ');
    throw fail.deploymentNotFound({ deployment: name, known: known === '' ? 'none yet' : known });
  }

  async drift(name: string, request: DriftRequest): Promise<DriftAnswer> {
    const view = await this.deployment(name);
    await this.#parts.events.caughtUp(SINK_NAME, FRESH_MS);
    const state = await this.referenceState(view, request);
    const { range, resolution } = this.#aligned(request);
    const window = {
      from: iso(range.fromMs),
      to: iso(range.toMs),
      rows: 0,
      model: state.model,
      version: request.version ?? null,
      variant: request.variant,
      resolution_ms: resolution,
    };
    if (state.reference === null) return { deployment: name, reference: null, collecting: state.collecting, window, ...NO_REPORT };
    const { reference } = state;
    const found = await this.#parts.store.window({
      deployment: name,
      role: request.variant,
      reference: reference.id,
      ...range,
      ...(request.version === undefined ? {} : { version: request.version }),
    });
    const report = driftReport(reference, found?.counts ?? null, { methods: request.methods, limits: this.#parts.limits });
    return {
      deployment: name,
      reference: referenceInfo(reference),
      collecting: null,
      window: { ...window, rows: found?.counts.rows ?? 0 },
      ...report,
    };
  }

  /** What the rows of a variant are compared with, or how many rows are still missing. */
  async referenceState(
    view: DeploymentView,
    { variant, version }: { readonly variant: VariantRole; readonly version?: string | undefined },
  ) {
    const { references, collectRows } = this.#parts;
    const member = view.variants.find((v) => v.role === variant);
    const model = member?.model_name ?? '';
    const own = references.override(view.name);
    const live = version ?? member?.version ?? member?.desired_version ?? null;
    const found = own ?? (live === null ? { rows: 0 } : await references.ofVersion(model, live));
    const reference: Reference | null = 'profile' in found ? found : null;
    return { model, reference, collecting: 'profile' in found ? null : { rows: found.rows, needed: collectRows } };
  }

  async history(name: string, column: string, request: DriftRequest & { readonly by: 'minute' | 'hour' }) {
    const { reference } = await this.referenceState(await this.deployment(name), request);
    if (reference === null) return [];
    const one = { ...reference, profile: { ...reference.profile, columns: reference.profile.columns.filter((c) => c.name === column) } };
    const { range } = this.#aligned(request);
    const query = { deployment: name, role: request.variant, reference: reference.id, ...range };
    const windows = await this.#parts.store.windows(query, request.by);
    return windows.map(({ startMs, counts }) => {
      const report = driftReport(one, counts, { methods: ['psi'], limits: this.#parts.limits });
      const isPrediction = column === 'prediction' && one.profile.columns.length === 0;
      const score = isPrediction ? report.prediction?.scores['psi'] : report.columns[column]?.['psi'];
      const detail = isPrediction ? report.prediction?.detail : report.details[column];
      return { t: iso(startMs), rows: counts.rows, psi: score?.value ?? null, missing: detail?.missing.current ?? 0 };
    });
  }

  async quality(
    name: string,
    range: TimeRange,
    options: { readonly version?: string | undefined; readonly series?: boolean },
  ): Promise<QualityAnswer> {
    const view = await this.deployment(name);
    const { events } = this.#parts;
    await events.indexed(FRESH_MS);
    const filter = { deployment: name, ...range, ...(options.version === undefined ? {} : { version: options.version }) };
    const width = windowWidth(range);
    const [cells, windows, predictions] = await Promise.all([
      events.analytics.quality(filter),
      options.series ? events.analytics.quality(filter, width) : [],
      events.analytics.count({ ...filter, status: 'ok', role: 'primary' }),
    ]);
    const positive = positiveClass(view.schema?.classes);
    const primary = options.version === undefined ? cells.filter((cell) => cell.role === 'primary') : cells;
    const realised = metricsOf(primary, positive);
    const labelled = cells.filter((cell) => cell.role === 'primary').reduce((sum, cell) => sum + cell.n, 0);
    const task = cells.length > 0 ? taskOf(cells) : (view.schema?.task ?? 'other');
    const confusion = confusionOf(primary);
    return {
      deployment: name,
      window: { from: iso(range.fromMs), to: iso(range.toMs) },
      task,
      average: task !== 'classification' ? null : positive === undefined ? 'macro' : `class ${positive}`,
      realised,
      estimated: null,
      coverage: { labelled, predictions, share: predictions === 0 ? null : Math.min(1, labelled / predictions) },
      versions: cells.map((cell) => ({ version: cell.version, role: cell.role, metrics: metricsOf([cell], positive) })),
      confusion,
      classes: task === 'classification' ? [...classificationQuality(confusion).classes] : [],
      series: windows.flatMap((cell) =>
        cell.t === null ? [] : [{ t: iso(cell.t), version: cell.version, role: cell.role, metrics: metricsOf([cell], positive) }],
      ),
      bucket_ms: options.series ? width : null,
    };
  }

  async shadow(name: string, range: TimeRange) {
    await this.deployment(name);
    await this.#parts.events.indexed(FRESH_MS);
    const pairs = await this.#parts.events.analytics.pairs({ deployment: name, ...range });
    return { deployment: name, window: { from: iso(range.fromMs), to: iso(range.toMs) }, items: pairs.map(pairOf) };
  }

  /** Windows begin at whole minutes, and at whole hours where the minutes are no longer kept. */
  #aligned({ fromMs, toMs }: TimeRange): { readonly range: TimeRange; readonly resolution: number } {
    const { clock, minuteDays } = this.#parts;
    const isOld = fromMs < clock.now() - minuteDays * 86_400_000 + HOUR_MS;
    const resolution = isOld ? HOUR_MS : MINUTE_MS;
    return { range: { fromMs: Math.floor(fromMs / resolution) * resolution, toMs }, resolution };
  }
}
