import { CloseButton } from '@mantine/core';
import IconLink from '@tabler/icons-react/dist/esm/icons/IconLink.mjs';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Ago } from '@/components/ago.tsx';
import { Bars } from '@/components/charts/bars.tsx';
import { Copy, CopyId, Snippet } from '@/components/copy.tsx';
import { Facts } from '@/components/panel.tsx';
import { RoleMark, Status } from '@/components/status.tsx';
import type { PredictionEvent } from '@/lib/api/predictions.ts';
import { exact, millis, percent, value } from '@/lib/format.ts';
import { useClock } from '@/lib/settings.ts';
import css from './event-view.module.css';
import { Lineage } from './lineage.tsx';
import { isRight } from './outcome.ts';

/** One event: what was asked, what was answered, by which version, what the others said, what turned out. */
export function EventView({
  event,
  close,
  onOpen,
  inputs,
}: {
  event: PredictionEvent;
  close: () => void;
  onOpen: (id: string) => void;
  inputs: ReactNode;
}) {
  const clock = useClock();
  const { feedback } = event;
  return (
    <article className={css.event} aria-label={`Prediction ${event.prediction_id}`}>
      <header className={css.head}>
        <CopyId id={event.prediction_id} what="prediction id" length={26} />
        <Copy text={window.location.href} what="link to this event" icon={<IconLink size={14} />} />
        <CloseButton size="sm" className="end" onClick={close} aria-label="Close the event" />
      </header>
      <section className={css.answer}>
        {event.status === 'error' ? <Status tone="bad">{event.error?.code ?? 'error'}</Status> : <strong>{value(event.prediction)}</strong>}
        <RoleMark variant={event.role} />
        <span className="muted end" title={exact(Date.parse(event.time), clock)}>
          <Ago time={event.time} />
        </span>
      </section>
      {event.error && <p className={css.pad}>{event.error.message}</p>}
      {event.probabilities && (
        <div className={css.pad}>
          <Bars
            label="Probability by class"
            bars={Object.entries(event.probabilities).map(([name, share]) => ({ name, share, text: percent(share) }))}
          />
        </div>
      )}
      <Part title="Where it came from">
        <Lineage event={event} />
      </Part>
      <Part title="Input">{inputs}</Part>
      <Part title="What turned out">
        {feedback === null ? (
          <span className="muted">
            No label yet. Send it to POST /feedback with this prediction id{event.key === null ? '' : ` or the key ${event.key}`}.
          </span>
        ) : (
          <Turned event={event} />
        )}
      </Part>
      {event.pairs.length > 0 && (
        <Part title="The same row, other variants">
          <Pairs event={event} onOpen={onOpen} />
        </Part>
      )}
      <Part title="Timing">
        <Timing event={event} />
      </Part>
      <details className={css.raw}>
        <summary>Raw event</summary>
        <Snippet code={JSON.stringify(event, null, 2)} what="raw event" />
      </details>
    </article>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={css.part}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Turned({ event }: { event: PredictionEvent }) {
  const { feedback, task } = event;
  if (!feedback) return null;
  const verdict =
    task === 'regression' ? (
      <span>off by {value(Math.abs(feedback.error ?? 0), 4)}</span>
    ) : isRight({ prediction: event.prediction, actual: feedback.actual }) ? (
      <Status tone="ok">right</Status>
    ) : (
      <Status tone="bad">wrong</Status>
    );
  return (
    <Facts
      items={[
        ['Actual', <strong key="actual">{value(feedback.actual)}</strong>],
        ['Verdict', verdict],
        ['Observed', <Ago key="observed" time={feedback.observed_at} />],
      ]}
    />
  );
}

function Pairs({ event, onOpen }: { event: PredictionEvent; onOpen: (id: string) => void }) {
  return (
    <div className={css.pairs}>
      {event.pairs.map((pair) => (
        <button type="button" key={pair.prediction_id} onClick={() => onOpen(pair.prediction_id)} className={css.pair}>
          <RoleMark variant={pair.role} />
          <span className="muted">v{pair.model_version}</span>
          <strong>{pair.status === 'error' ? (pair.error?.code ?? 'error') : value(pair.prediction)}</strong>
          <span className="end">
            {String(pair.prediction) === String(event.prediction) ? (
              <Status tone="ok">agrees</Status>
            ) : (
              <Status tone="warn">differs</Status>
            )}
          </span>
          <span className="muted">{millis(pair.duration_ms)}</span>
        </button>
      ))}
    </div>
  );
}

function Timing({ event }: { event: PredictionEvent }) {
  const waited = event.queue_ms ?? 0;
  const total = Math.max(event.duration_ms, waited, 1e-6);
  return (
    <>
      <div className={css.timing} aria-hidden="true">
        <i style={{ width: `${(waited / total) * 100}%` }} data-part="queue" />
        <i style={{ width: `${((total - waited) / total) * 100}%` }} data-part="work" />
      </div>
      <Facts
        items={[
          ['In all', millis(event.duration_ms)],
          ['Waited', event.queue_ms === null ? '–' : `${millis(event.queue_ms)} for its batch`],
          ['Batch', event.batch_size === null ? '–' : `${event.batch_size} ${event.batch_size === 1 ? 'row' : 'rows'}`],
          [
            'Request',
            <span key="request" className="row">
              <CopyId id={event.request_id} what="request id" />
              <Link className="link" to="/predictions" search={{ q: event.request_id }}>
                its rows
              </Link>
            </span>,
          ],
          ...(event.key === null ? [] : ([['Key', <CopyId key="key" id={event.key} what="key" length={24} />]] as const)),
        ]}
      />
    </>
  );
}
