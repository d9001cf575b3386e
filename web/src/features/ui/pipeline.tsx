import { Empty } from '@/components/states.tsx';
import { Status, type Tone } from '@/components/status.tsx';
import type { Component } from '@/lib/api/platform.ts';
import css from './overview.module.css';

const TONES: Readonly<Record<Component['state'], Tone>> = { ok: 'ok', starting: 'info', degraded: 'warn', down: 'bad' };

/** What the program is made of here, and whether each part does its work. */
export function Pipeline({ components }: { components: readonly Component[] }) {
  if (components.length === 0) return <Empty title="No component reports a state" />;
  return (
    <ul className={css.components}>
      {components.map(({ name, kind, state, detail }) => (
        <li key={`${kind}${name}`}>
          <span title={kind}>{name}</span>
          <Status tone={TONES[state]}>{state}</Status>
          <span className="muted">{detail || kind}</span>
        </li>
      ))}
    </ul>
  );
}
