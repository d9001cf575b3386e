import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { count } from '@/lib/format.ts';
import css from './foot.module.css';

/** The first items of a list that may have thousands, and a foot with a button for the others; nothing where all are shown. */
export function useFirst<T>(items: readonly T[], most: number): { readonly shown: readonly T[]; readonly foot: ReactNode } {
  const [isWhole, setWhole] = useState(false);
  if (isWhole || items.length <= most) return { shown: items, foot: null };
  const foot = (
    <div className={css.foot}>
      <span>
        the first {count(most)} of {count(items.length)}
      </span>
      <Button size="compact-xs" variant="default" onClick={() => setWhole(true)}>
        Show all
      </Button>
    </div>
  );
  return { shown: items.slice(0, most), foot };
}
