import { createRootRoute } from '@tanstack/react-router';
import { type RangeSearch, rangeSearch } from '@/lib/time-range.ts';
import { PageFailed, PageMissing } from '../page-failed.tsx';
import { Shell } from '../shell.tsx';

export type Raw = Record<string, unknown>;

/** A search parameter as text; what looks like a number was parsed as one. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

/** A search parameter that is one of a few words. */
export const oneOf = <T extends string>(value: unknown, words: readonly T[]): T | undefined => words.find((word) => word === value);

export const texts = (value: unknown): string[] | undefined => {
  const list = (Array.isArray(value) ? value : []).map(text).filter((item) => item !== undefined);
  return list.length > 0 ? list : undefined;
};

export const root = createRootRoute({
  component: Shell,
  notFoundComponent: PageMissing,
  errorComponent: PageFailed,
  validateSearch: (search: Raw): RangeSearch => rangeSearch(search),
});
