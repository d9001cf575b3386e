import { ago, exact } from '@/lib/format.ts';
import { useNow } from '@/lib/live.ts';
import { useClock } from '@/lib/settings.ts';

/** A relative time; the exact one on hover. */
export function Ago({ time }: { time: string | number | null | undefined }) {
  const now = useNow();
  const clock = useClock();
  const ms = typeof time === 'number' ? time : Date.parse(time ?? '');
  if (Number.isNaN(ms)) return <span className="muted">never</span>;
  return (
    <time className="nowrap" dateTime={new Date(ms).toISOString()} title={exact(ms, clock)}>
      {ago(ms, now)}
    </time>
  );
}
