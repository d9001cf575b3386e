export type Kind = 'image' | 'table' | 'json' | 'html' | 'mlmodel' | 'text' | 'binary';

const KINDS: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(['png', 'jpg', 'jpeg', 'gif', 'webp', 'svg', 'ico'].map((ending) => [ending, 'image' as const])),
  ...Object.fromEntries(['csv', 'tsv'].map((ending) => [ending, 'table' as const])),
  ...Object.fromEntries(['json', 'geojson', 'ipynb'].map((ending) => [ending, 'json' as const])),
  ...Object.fromEntries(['html', 'htm'].map((ending) => [ending, 'html' as const])),
  ...Object.fromEntries(
    ['txt', 'md', 'log', 'yaml', 'yml', 'py', 'js', 'ts', 'r', 'sh', 'sql', 'xml', 'jsonl', 'toml', 'cfg', 'ini', 'conf', 'css'].map(
      (ending) => [ending, 'text' as const],
    ),
  ),
};
const TEXT_NAMES = ['MLproject', 'Dockerfile', 'LICENSE', 'Makefile'];

/** How a file can be shown, by its name. */
export function kindOf(path: string): Kind {
  const name = path.split('/').at(-1) ?? '';
  if (name === 'MLmodel') return 'mlmodel';
  if (TEXT_NAMES.includes(name)) return 'text';
  const ending = /\.(\w+)$/u.exec(name)?.[1]?.toLowerCase() ?? '';
  return KINDS[ending] ?? 'binary';
}

/** 12.3 kB */
export function sizeText(bytes: number | null): string {
  if (bytes === null) return '';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
