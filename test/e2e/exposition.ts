/** One family of a metrics page in Prometheus' text format 0.0.4. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly series: ReadonlyMap<string, number>;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (NaN|[+-]Inf|[-+\d.eE]+)$/u;
const LABELS = /^(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)*$/u;

/** Reads a page strictly. @throws at the first line that the format does not allow, naming it */
export function parseExposition(text: string): Family[] {
  if (!text.endsWith('\n')) throw new Error('the page does not end with a line feed');
  const families: (Family & { readonly series: Map<string, number> })[] = [];
  let help: string | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/u.exec(line) ?? [];
    if (kind === 'HELP') help = name;
    else if (kind === 'TYPE') {
      if (name !== help) throw new Error(`TYPE without HELP before it: ${line}`);
      if (families.some((f) => f.name === name)) throw new Error(`a family twice: ${line}`);
      if (!['counter', 'gauge', 'histogram', 'summary', 'untyped'].includes(rest)) throw new Error(`no type: ${line}`);
      families.push({ name, type: rest, series: new Map() });
    } else addSample(families.at(-1), line);
  }
  for (const family of families) if (family.type === 'histogram') checkBuckets(family);
  return families;
}

function addSample(
  family: { readonly name: string; readonly type: string; readonly series: Map<string, number> } | undefined,
  line: string,
): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === '' || !LABELS.test(labels)) throw new Error(`no sample: ${line}`);
  const suffixes = { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'] }[family?.type ?? ''] ?? [''];
  if (!family || !suffixes.some((suffix) => name === family.name + suffix)) throw new Error(`a sample outside its family: ${line}`);
  const key = `${name}{${labels}}`;
  if (family.series.has(key)) throw new Error(`a series twice: ${line}`);
  const number = Number(value.replace('Inf', 'Infinity'));
  if (family.type === 'counter' && !(number >= 0)) throw new Error(`a counter below zero: ${line}`);
  family.series.set(key, number);
}

/** Buckets ascend, never fall, and the last is +Inf and equals the count. */
function checkBuckets({ name, series }: Family): void {
  const last = new Map<string, { le: number; count: number }>();
  for (const [key, count] of series) {
    const [, before = '', bound] = /^[^{]+_bucket\{(.*?),?le="([^"]+)"\}$/u.exec(key) ?? [];
    if (bound === undefined) continue;
    const le = Number(bound.replace('Inf', 'Infinity'));
    const previous = last.get(before);
    if (previous && (le <= previous.le || count < previous.count)) throw new Error(`buckets that fall: ${key}`);
    last.set(before, { le, count });
  }
  for (const [labels, { le, count }] of last) {
    const total = series.get(`${name}_count{${labels}}`);
    if (le !== Number.POSITIVE_INFINITY || count !== total) throw new Error(`the last bucket is not the count: ${name}{${labels}}`);
  }
}
