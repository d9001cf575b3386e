/** One metric of a role's catalogue. Labels are a closed set: their values are known beforehand or bounded by configuration. */
export interface MetricSpec {
  readonly name: string;
  /** A `summary` shows the sum and count of a histogram's cell, without quantiles. */
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending, without +Inf. */
  readonly buckets?: readonly number[];
  /** What a gauge of several processes is on one page: their sum (default), their maximum, or that of the main process. */
  readonly across?: 'sum' | 'max' | 'main';
}

type Labels = Readonly<Record<string, string>>;

/** A counter or gauge. `labels` must name all labels of its spec. */
export interface Scalar {
  inc(by?: number, labels?: Labels): void;
  set(value: number, labels?: Labels): void;
  get(labels?: Labels): number;
  /** A handle for one label set: no look-up per call. */
  at(labels: Labels): ScalarCell;
}

export interface ScalarCell {
  value: number;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
  at(labels: Labels): HistogramCell;
}

/** Counts per bucket of one label set. */
export class HistogramCell {
  readonly bounds: Float64Array;
  readonly counts: Float64Array;
  /** By bucket, the newest observation that came with an id. */
  exemplars: (Exemplar | undefined)[] | undefined;
  sum = 0;
  count = 0;
  constructor(bounds: readonly number[]) {
    this.bounds = Float64Array.from(bounds);
    this.counts = new Float64Array(bounds.length + 1);
  }
  /** @returns the bucket */
  observe(value: number): number {
    let i = 0;
    const { bounds } = this;
    while (i < bounds.length && value > (bounds[i] as number)) i++;
    this.counts[i] = (this.counts[i] as number) + 1;
    this.sum += value;
    this.count++;
    return i;
  }
  /** The same, and remembers who it was: an example of each bucket can be looked up, without a label for every id. */
  observeAs(value: number, id: string, atMs: number): void {
    const bucket = this.observe(value);
    this.exemplars ??= new Array<Exemplar | undefined>(this.counts.length).fill(undefined);
    const before = this.exemplars[bucket];
    if (before === undefined) this.exemplars[bucket] = { id, value, atMs };
    else {
      before.id = id;
      before.value = value;
      before.atMs = atMs;
    }
  }
}

/** One observation of a bucket (OpenMetrics 1.0, Exemplars): a prediction's id, the value and Unix milliseconds. */
export interface Exemplar {
  id: string;
  value: number;
  atMs: number;
}

/** Buckets in seconds for request times: Prometheus' client defaults with 0.1 to 2.5 ms before them. */
export const SECONDS_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;

/** A counter or gauge, or a histogram with its buckets not yet summed up. */
export type CellSnapshot =
  | { readonly labels: Labels; readonly value: number }
  | {
      readonly labels: Labels;
      readonly bounds: readonly number[];
      readonly counts: readonly number[];
      readonly sum: number;
      readonly count: number;
      readonly exemplars?: readonly (Exemplar | null | undefined)[] | undefined;
    };

export type MetricsSnapshot = readonly { readonly spec: MetricSpec; readonly cells: readonly CellSnapshot[] }[];

interface Family {
  readonly spec: MetricSpec;
  readonly cells: Map<string, { readonly labels: Labels; readonly cell: ScalarCell | HistogramCell }>;
}

/** Most label sets that one metric may have; further ones share a cell labelled `other`, so that no caller can grow memory. */
const MAX_CELLS = 1000;

/**
 * Metrics of one program, written as Prometheus text (exposition format 0.0.4) or OpenMetrics 1.0. Values are plain numbers in cells, because a
 * prediction updates about twenty of them and may spend a few microseconds in all.
 */
export class Metrics {
  readonly #families = new Map<string, Family>();
  readonly #collectors: (() => void)[] = [];

  counter(spec: MetricSpec): Scalar {
    return this.#scalar({ ...spec, type: 'counter' });
  }
  gauge(spec: MetricSpec): Scalar {
    return this.#scalar({ ...spec, type: 'gauge' });
  }
  histogram(spec: MetricSpec): Histogram {
    const family = this.#family({ ...spec, type: 'histogram' });
    const at = (labels: Labels): HistogramCell => this.#cell(family, labels) as HistogramCell;
    return { at, observe: (value, labels = {}) => at(labels).observe(value) };
  }
  /** Shows a cell under a further name: one update on the hot path, several names on the page. */
  share(spec: MetricSpec, labels: Labels, cell: ScalarCell | HistogramCell): void {
    const family = this.#family(spec, false);
    family.cells.set(keyOf(spec, labels), { labels: labelsOf(spec, labels), cell });
  }
  /** Takes a label set off the page, such as that of a version that is no longer served. */
  remove(name: string, labels: Labels): void {
    const family = this.#families.get(name);
    family?.cells.delete(keyOf(family.spec, labels));
  }
  /** Called before each scrape, to bring gauges up to date. */
  onScrape(collect: () => void): void {
    this.#collectors.push(collect);
  }

  /** All values as plain data, to be added to those of other processes. */
  snapshot(): MetricsSnapshot {
    for (const collect of this.#collectors) collect();
    return [...this.#families.values()].map(({ spec, cells }) => ({
      spec,
      cells: [...cells.values()].map(({ labels, cell }) => ({ labels, ...plainCell(cell) })),
    }));
  }

  /**
   * The whole page. @param openMetrics ends with `# EOF` and names counters without `_total` in their metadata
   * @param others what further processes counted: shown as one with what was counted here
   */
  render(openMetrics = false, others: readonly MetricsSnapshot[] = []): string {
    for (const collect of this.#collectors) collect();
    const out: string[] = [];
    const families = others.length === 0 ? this.#families : mergedFamilies(this.#families, others);
    for (const family of families.values()) renderFamily(family, openMetrics, out);
    if (openMetrics) out.push('# EOF');
    return `${out.join('\n')}\n`;
  }

  #scalar(spec: MetricSpec): Scalar {
    const family = this.#family(spec);
    const at = (labels: Labels): ScalarCell => this.#cell(family, labels) as ScalarCell;
    return {
      at,
      inc: (by = 1, labels = {}) => {
        at(labels).value += by;
      },
      set: (value, labels = {}) => {
        at(labels).value = value;
      },
      get: (labels = {}) => at(labels).value,
    };
  }

  #family(spec: MetricSpec, begin = true): Family {
    const existing = this.#families.get(spec.name);
    if (existing) return existing;
    const family: Family = { spec, cells: new Map() };
    this.#families.set(spec.name, family);
    // A metric without labels is on the page from the start, at zero.
    if (begin && !spec.labels?.length) this.#cell(family, {});
    return family;
  }

  #cell(family: Family, labels: Labels): ScalarCell | HistogramCell {
    const key = keyOf(family.spec, labels);
    const found = family.cells.get(key);
    if (found) return found.cell;
    const names = family.spec.labels ?? [];
    const others = Object.fromEntries(names.map((n) => [n, 'other']));
    if (family.cells.size >= MAX_CELLS && key !== keyOf(family.spec, others)) return this.#cell(family, others);
    const cell = family.spec.type === 'histogram' ? new HistogramCell(family.spec.buckets ?? SECONDS_BUCKETS) : { value: 0 };
    family.cells.set(key, { labels: labelsOf(family.spec, labels), cell });
    return cell;
  }
}

function plainCell(cell: ScalarCell | HistogramCell) {
  if (!(cell instanceof HistogramCell)) return { value: cell.value };
  const exemplars = cell.exemplars?.map((e) => e && { ...e });
  return { bounds: [...cell.bounds], counts: [...cell.counts], sum: cell.sum, count: cell.count, exemplars };
}

/** Counters and histograms add up; gauges as their specs say. The originals stay as they are. */
function mergedFamilies(own: ReadonlyMap<string, Family>, others: readonly MetricsSnapshot[]): Map<string, Family> {
  const merged = new Map<string, Family>();
  const familyOf = (spec: MetricSpec): Family => {
    const found = merged.get(spec.name) ?? { spec, cells: new Map() };
    merged.set(spec.name, found);
    return found;
  };
  for (const { spec, cells } of own.values()) {
    const family = familyOf(spec);
    for (const [key, { labels, cell }] of cells)
      family.cells.set(key, { labels, cell: added(spec, undefined, { labels, ...plainCell(cell) }) });
  }
  for (const { spec, cells } of others.flat()) {
    if (spec.across === 'main') continue;
    const family = familyOf(spec);
    for (const other of cells) {
      const key = keyOf(spec, other.labels);
      family.cells.set(key, { labels: other.labels, cell: added(spec, family.cells.get(key)?.cell, other) });
    }
  }
  return merged;
}

/** What processes that have ended counted, as one: their gauges mean nothing any more. */
export function addedUp(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const lasting = snapshots.map((families) => families.filter(({ spec }) => spec.type !== 'gauge'));
  return [...mergedFamilies(new Map(), lasting).values()].map(({ spec, cells }) => ({
    spec,
    cells: [...cells.values()].map(({ labels, cell }) => ({ labels, ...plainCell(cell) })),
  }));
}

function added(spec: MetricSpec, to: ScalarCell | HistogramCell | undefined, more: CellSnapshot): ScalarCell | HistogramCell {
  if ('value' in more) {
    const before = (to as ScalarCell | undefined)?.value ?? 0;
    return { value: spec.type === 'gauge' && spec.across === 'max' ? Math.max(before, more.value) : before + more.value };
  }
  const cell = (to as HistogramCell | undefined) ?? new HistogramCell(more.bounds);
  for (let i = 0; i < cell.counts.length; i++) cell.counts[i] = (cell.counts[i] as number) + (more.counts[i] ?? 0);
  cell.sum += more.sum;
  cell.count += more.count;
  if (more.exemplars) cell.exemplars = newest(cell.exemplars ?? [], more.exemplars);
  return cell;
}

function newest(a: readonly (Exemplar | null | undefined)[], b: readonly (Exemplar | null | undefined)[]): (Exemplar | undefined)[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    const [one, other] = [a[i], b[i]];
    if (!one || !other) return one ?? other ?? undefined;
    return one.atMs >= other.atMs ? one : other;
  });
}

function keyOf({ labels: names }: MetricSpec, labels: Labels): string {
  return names === undefined ? '' : names.map((n) => labels[n] ?? '').join('\u0000');
}

function labelsOf({ labels: names }: MetricSpec, labels: Labels): Labels {
  return Object.fromEntries((names ?? []).map((n) => [n, labels[n] ?? '']));
}

function renderFamily({ spec, cells }: Family, openMetrics: boolean, out: string[]): void {
  const base = openMetrics && spec.type === 'counter' ? spec.name.replace(/_total$/u, '') : spec.name;
  out.push(`# HELP ${base} ${spec.help.replace(/\\/gu, '\\\\').replace(/\n/gu, '\\n')}`, `# TYPE ${base} ${spec.type}`);
  for (const { labels, cell } of cells.values()) {
    if (cell instanceof HistogramCell) out.push(...histogramLines(spec, labels, { cell, openMetrics }));
    else out.push(`${openMetrics && spec.type === 'counter' ? `${base}_total` : spec.name}${labelText(labels)} ${numberText(cell.value)}`);
  }
}

interface Shown {
  readonly cell: HistogramCell;
  readonly openMetrics: boolean;
}

function histogramLines({ name, type }: MetricSpec, labels: Labels, { cell, openMetrics }: Shown): string[] {
  const lines: string[] = [];
  let running = 0;
  for (let i = 0; type === 'histogram' && i < cell.counts.length; i++) {
    running += cell.counts[i] as number;
    const le = i < cell.bounds.length ? numberText(cell.bounds[i] as number) : '+Inf';
    const example = openMetrics ? cell.exemplars?.[i] : undefined;
    lines.push(`${name}_bucket${labelText({ ...labels, le })} ${running}${example === undefined ? '' : exemplarText(example)}`);
  }
  return [...lines, `${name}_sum${labelText(labels)} ${numberText(cell.sum)}`, `${name}_count${labelText(labels)} ${cell.count}`];
}

/** The older text format knows no exemplars. */
function exemplarText({ id, value, atMs }: Exemplar): string {
  return ` # ${labelText({ prediction_id: id })} ${numberText(value)} ${atMs / 1000}`;
}

function labelText(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return '';
  const pairs = names.map((n) => `${n}="${(labels[n] as string).replace(/\\/gu, '\\\\').replace(/"/gu, '\\"').replace(/\n/gu, '\\n')}"`);
  return `{${pairs.join(',')}}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
