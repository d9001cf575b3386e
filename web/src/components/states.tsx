import { Button, Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError, Unreachable } from '@/lib/request.ts';
import { Ago } from './ago.tsx';
import css from './states.module.css';
import { Status } from './status.tsx';

/** What would be here, and the one thing that fills it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={css.empty}>
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** What failed, what the server said of it, and a way to try again. */
export function Failed({ error, what, retry }: { error: Error; what: string; retry?: () => void }) {
  const hint = error instanceof ApiError ? error.hint : undefined;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div className={css.failed} role="alert">
      <Status tone="bad">{what} could not be read</Status>
      <p>{error.message}</p>
      {hint !== undefined && <p className="muted">{hint}</p>}
      <div className="row">
        {retry !== undefined && (
          <Button size="compact-xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
        {requestId !== undefined && <span className="muted mono">request {requestId}</span>}
      </div>
    </div>
  );
}

/** A placeholder of the size of what comes, so that nothing jumps. */
export function Loading({ height = 120 }: { height?: number }) {
  return (
    <div aria-busy="true" style={{ padding: 12 }}>
      <span className="sr">Loading</span>
      <Skeleton height={height - 24} radius={6} animate={false} />
    </div>
  );
}

/** Shown above data that could not be updated: it is old, and says how old. A server that does not answer at all is said once, in the top bar. */
function Stale({ since, error }: { since: number; error: Error }) {
  return (
    <div className={css.stale} role="status">
      <Status tone="warn" title={error.message}>
        Not updated since <Ago time={since} />
      </Status>
      <span className="muted clip">{error.message}</span>
    </div>
  );
}

interface ShownProps<T> {
  readonly query: UseQueryResult<T, Error>;
  readonly what: string;
  readonly height?: number;
  readonly children: (data: T) => ReactNode;
}

/** The four states of something that is read: loading, failed, stale, there. */
export function Shown<T>({ query, what, height, children }: ShownProps<T>) {
  const { data, error } = query;
  if (data === undefined) {
    if (error) return <Failed error={error} what={what} retry={() => void query.refetch()} />;
    return <Loading height={height ?? 120} />;
  }
  return (
    <>
      {error && !(error instanceof Unreachable) && <Stale since={query.dataUpdatedAt} error={error} />}
      {children(data)}
    </>
  );
}
