import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { Empty, Failed } from '@/components/states.tsx';

export function PageFailed({ error, reset }: ErrorComponentProps) {
  return <Failed error={error instanceof Error ? error : new Error(String(error))} what="This page" retry={reset} />;
}

export function PageMissing() {
  return (
    <Empty title="There is no such page">
      <p>
        The address may be mistyped, or the thing was deleted.{' '}
        <Link className="link" to="/">
          Go to the overview
        </Link>
      </p>
    </Empty>
  );
}
