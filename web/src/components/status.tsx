import type { ReactNode } from 'react';
import type { VariantRole } from '#contract/events.ts';
import css from './status.module.css';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'none';

/** A state is a dot and a word, never a colour alone. */
export function Status({ tone, children, title }: { tone: Tone; children: ReactNode; title?: string | undefined }) {
  return (
    <span className={css.status} data-tone={tone} title={title}>
      <i aria-hidden="true" />
      {children}
    </span>
  );
}

/** The fixed look of a role: primary solid accent, shadow dashed violet, canary orange. */
export function RoleMark({ variant, children }: { variant: VariantRole; children?: ReactNode }) {
  return (
    <span className={css.role} data-role={variant}>
      <i aria-hidden="true" />
      {children ?? variant}
    </span>
  );
}
