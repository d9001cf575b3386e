import { Ago } from '@/components/ago.tsx';
import { Histogram } from '@/components/charts/histogram.tsx';
import { useFirst } from '@/components/first-items.tsx';
import { Empty } from '@/components/states.tsx';
import { Status } from '@/components/status.tsx';
import table from '@/components/table.module.css';
import type { Drift, DriftDetail, DriftScore } from '@/lib/api/monitors.ts';
import { count, percent, significant } from '@/lib/format.ts';
import css from './drift.module.css';

interface Row {
  readonly name: string;
  readonly score: DriftScore | undefined;
  readonly detail: DriftDetail | undefined;
}

/** Where the reference comes from: every page that shows drift says it. */
export function ReferenceNote({ drift }: { drift: Drift }) {
  const { reference, window } = drift;
  if (reference === null) return <>collecting a reference</>;
  return (
    <>
      {count(window.rows)} rows against {count(reference.rows)} of {reference.source}, kept <Ago time={reference.created_at} />
    </>
  );
}

const MOST_INPUTS = 60;

/** PSI per input, most drifted first: reference as a grey outline, now filled. */
export function DriftTable({ drift }: { drift: Drift }) {
  const { shown, foot } = useFirst(drift.reference === null ? [] : inputsOf(drift), MOST_INPUTS);
  if (drift.reference === null) {
    const { rows = 0, needed = 0 } = drift.collecting ?? {};
    return (
      <Empty title="The reference is being collected">
        <p>
          {count(rows)} of the first {count(needed)} accepted rows are there. They become what later traffic is compared with.
        </p>
      </Empty>
    );
  }
  const { prediction } = drift;
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Input</th>
            <th scope="col">Reference, now</th>
            <th scope="col" className={table.num}>
              PSI
            </th>
            <th scope="col">Verdict</th>
            <th scope="col" className={table.num}>
              Missing
            </th>
            <th scope="col" className={table.num}>
              Out of range
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <ColumnRow key={row.name} row={row} isAnswer={false} />
          ))}
          {prediction && <ColumnRow row={{ name: 'prediction', score: prediction.scores.psi, detail: prediction.detail }} isAnswer />}
        </tbody>
      </table>
      {foot}
    </div>
  );
}

function inputsOf(drift: Drift): Row[] {
  const rows = Object.keys(drift.columns).map((name) => ({ name, score: drift.columns[name]?.psi, detail: drift.details[name] }));
  return rows.sort((a, b) => severity(b) - severity(a));
}

const severity = ({ score }: Row): number =>
  score?.value == null || score.state === 'insufficient_data' ? -1 : score.value / (score.threshold || 1);

function ColumnRow({ row: { name, score, detail }, isAnswer }: { row: Row; isAnswer: boolean }) {
  return (
    <tr className={isAnswer ? css.answer : undefined}>
      <td>{isAnswer ? <em>the answer itself</em> : name}</td>
      <td>{detail && <Shape name={name} detail={detail} />}</td>
      <td
        className={table.num}
        title={score && `${score.exactness}${score.error === undefined ? '' : `, at most ${significant(score.error)} off`}`}
      >
        {score?.value == null ? '–' : score.value.toFixed(3)}
      </td>
      <td className={table.wrapped}>
        <Verdict score={score} sentence={detail?.sentence ?? null} />
      </td>
      <td className={table.num}>{detail ? percent(detail.missing.current) : '–'}</td>
      <td className={table.num}>{detail ? percent(detail.kind === 'category' ? detail.unseen.share : detail.out_of_range.share) : '–'}</td>
    </tr>
  );
}

function Shape({ name, detail }: { name: string; detail: DriftDetail }) {
  const shares = (counts: readonly number[]): number[] => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    return counts.map((n) => (total === 0 ? 0 : n / total));
  };
  const hasRows = detail.current.some((n) => n > 0);
  const label = `${name}: share of rows per bin, reference outlined${hasRows ? ', now filled' : ', no rows now'}`;
  return <Histogram reference={shares(detail.reference)} current={hasRows ? shares(detail.current) : null} label={label} />;
}

function Verdict({ score, sentence }: { score: DriftScore | undefined; sentence: string | null }) {
  if (!score || score.state === 'no_data') return <Status tone="none">no rows</Status>;
  if (score.state === 'insufficient_data') return <Status tone="none">too few rows ({count(score.n_cur)})</Status>;
  const threshold = `threshold ${significant(score.threshold)}`;
  if (!score.drifted) {
    return (
      <Status tone="ok" title={sentence ?? undefined}>
        steady <span className="muted">{threshold}</span>
      </Status>
    );
  }
  return (
    <div className={css.verdict}>
      <Status tone="warn">drifted</Status>
      <span className="muted">{sentence ?? threshold}</span>
    </div>
  );
}
