import { type Clock, readClock } from './settings.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const MISSING = '–';

/** 12,345 */
export const count = (n: number | null | undefined): string => (n === null || n === undefined ? MISSING : whole.format(n));

/** Three significant digits, without an exponent in the usual range. */
export function significant(n: number, digits = 3): string {
  if (!Number.isFinite(n)) return String(n);
  if (n === 0) return '0';
  const size = Math.abs(n);
  if (size >= 1e7 || size < 1e-4) return n.toExponential(2);
  if (size >= 10 ** digits) return whole.format(n);
  return String(Number(n.toPrecision(digits)));
}

/** A feature or prediction as people read it: at most `digits` significant digits, full text otherwise. */
export function value(v: number | string | boolean | null | undefined, digits = 5): string {
  if (v === null || v === undefined) return 'missing';
  return typeof v === 'number' ? significant(v, digits) : String(v);
}

export function millis(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return MISSING;
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${significant(ms)} ms`;
}

/** How long something took, as people say it: 16 min 40 s, 2 h 5 min. */
export function took(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return millis(ms);
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** 0.123 → 12.3 % */
export function percent(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined || Number.isNaN(share)) return MISSING;
  const scaled = share * 100;
  if (scaled > 0 && scaled < 0.1 && digits <= 1) return '< 0.1 %';
  return `${scaled.toFixed(Number.isInteger(scaled) ? 0 : digits)} %`;
}

/** Rows per second, or per minute or hour where that reads better. */
export function rate(perSecond: number): string {
  if (perSecond === 0 || perSecond >= 0.1) return perSecondText(perSecond);
  return perSecond * 60 >= 0.5 ? `${significant(perSecond * 60)} /min` : `${significant(perSecond * 3600)} /h`;
}

/** For axes, where all labels must have one unit. */
export const perSecondText = (perSecond: number): string => `${significant(perSecond)} /s`;

/** "3 min ago"; never in the future, because clocks differ. */
export function ago(thenMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - thenMs) / 1000));
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? 'yesterday' : `${days} days ago`;
}

const part = (n: number, width = 2): string => String(n).padStart(width, '0');

/** 2026-03-01 14:05:09.123, with the zone named. */
export function exact(ms: number, clock: Clock = readClock()): string {
  const date = new Date(ms);
  if (clock === 'utc') return `${date.toISOString().replace('T', ' ').replace('Z', '')} UTC`;
  const day = `${date.getFullYear()}-${part(date.getMonth() + 1)}-${part(date.getDate())}`;
  return `${day} ${timeOfDay(ms, clock)}.${part(date.getMilliseconds(), 3)} local`;
}

/** 14:05:09 */
export function timeOfDay(ms: number, clock: Clock = readClock()): string {
  const date = new Date(ms);
  if (clock === 'utc') return date.toISOString().slice(11, 19);
  return `${part(date.getHours())}:${part(date.getMinutes())}:${part(date.getSeconds())}`;
}

/** Mar 1, 14:05 */
export function dayAndTime(ms: number, clock: Clock = readClock()): string {
  const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', ...(clock === 'utc' ? { timeZone: 'UTC' } : {}) }).format(ms);
  return `${day}, ${timeOfDay(ms, clock).slice(0, 5)}`;
}

/** For a label in the middle of a sentence: only its first letter is lowered, names of months stay. */
export const inSentence = (label: string): string => label.charAt(0).toLowerCase() + label.slice(1);

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** Ids are long and random: the head is enough to tell them apart on a page. */
export const shortId = (id: string, length = 12): string => (id.length > length + 2 ? `${id.slice(0, length)}…` : id);
