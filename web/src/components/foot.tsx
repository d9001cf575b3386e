import { Button } from '@mantine/core';
import { count } from '@/lib/format.ts';
import css from './foot.module.css';

interface FootProps {
  readonly loaded: number;
  readonly what: string;
  readonly more: { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; readonly fetchNextPage: () => unknown };
}

/** Below a list that comes in parts: how much of it is here, and the next part. */
export function Foot({ loaded, what, more }: FootProps) {
  return (
    <div className={css.foot}>
      <span>
        {count(loaded)} {what}
        {more.hasNextPage && ' loaded'}
      </span>
      {more.hasNextPage && (
        <Button size="compact-xs" variant="default" loading={more.isFetchingNextPage} onClick={() => void more.fetchNextPage()}>
          Load more
        </Button>
      )}
    </div>
  );
}
