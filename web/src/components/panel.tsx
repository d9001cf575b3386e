import type { ReactNode } from 'react';
import css from './panel.module.css';

interface PanelProps {
  readonly title?: ReactNode;
  /** One line on what the panel answers or where its numbers come from. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Tables and lists reach the edges. */
  readonly flush?: boolean;
  readonly id?: string;
}

export function Panel({ title, note, actions, children, flush, id }: PanelProps) {
  return (
    <section className={css.panel} id={id} aria-label={typeof title === 'string' ? title : undefined}>
      {title !== undefined && (
        <header className={css.head}>
          <h2>{title}</h2>
          {note !== undefined && <span className={css.note}>{note}</span>}
          {actions !== undefined && <div className={css.actions}>{actions}</div>}
        </header>
      )}
      <div className={flush ? undefined : css.body}>{children}</div>
    </section>
  );
}

/** The head of a page: what it is, and the question that it answers. */
export function PageHead({ title, question, children }: { title: ReactNode; question: ReactNode; children?: ReactNode }) {
  return (
    <header className={css.page}>
      <div>
        <h1>{title}</h1>
        <p>{question}</p>
      </div>
      {children !== undefined && <div className={css.actions}>{children}</div>}
    </header>
  );
}

/** Name and value pairs. */
export function Facts({ items }: { items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={css.facts}>
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface StatProps {
  readonly name: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
}

/** One figure with its name above and where it comes from below. */
export function Stat({ name, value, note }: StatProps) {
  return (
    <div className={css.stat}>
      <dt>{name}</dt>
      <dd>{value}</dd>
      {note !== undefined && <span>{note}</span>}
    </div>
  );
}

export function Stats({ children }: { children: ReactNode }) {
  return <dl className={css.stats}>{children}</dl>;
}
