import type { FeatureValue } from '#contract/events.ts';
import { type Drift, type DriftDetail, getDrift } from '@/lib/api/monitors.ts';
import { value } from '@/lib/format.ts';
import { useLive } from '@/lib/live.ts';
import css from './input-places.module.css';
import { placeOf } from './placing.ts';

interface InputPlacesProps {
  readonly deployment: string;
  readonly features: Readonly<Record<string, FeatureValue>>;
}

const HOUR_MS = 3_600_000;

/** Each input with its place among the reference rows: is this an ordinary row? */
export function InputPlaces({ deployment, features }: InputPlacesProps) {
  const { data } = useLive(
    ['reference', deployment],
    (signal) => getDrift(deployment, { fromMs: Date.now() - HOUR_MS, toMs: Date.now() }, signal),
    { everyMs: HOUR_MS },
  );
  return (
    <table className={css.inputs}>
      <tbody>
        {Object.entries(features).map(([name, feature]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value(feature, 6)}</td>
            <Placed name={name} feature={feature} detail={data?.reference ? detailOf(data, name) : undefined} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const detailOf = (drift: Drift, name: string): DriftDetail | undefined => drift.details[name];

function Placed({ name, feature, detail }: { name: string; feature: FeatureValue; detail: DriftDetail | undefined }) {
  if (!detail) return <td colSpan={2} />;
  const { rank, words } = placeOf(feature, detail);
  return (
    <>
      <td>{rank !== null && <Rank rank={rank} label={`${name} is ${words}`} />}</td>
      <td className="muted">{words}</td>
    </>
  );
}

/** From the smallest to the largest reference row, a tick at the median, a dot where the value stands. */
function Rank({ rank, label }: { rank: number; label: string }) {
  return (
    <svg width={104} height={14} role="img" aria-label={label} style={{ display: 'block' }}>
      <title>{label}</title>
      <path d="M4 7H100M4 4V10M52 5V9M100 4V10" stroke="var(--line-strong)" strokeWidth={1} fill="none" />
      <circle cx={4 + rank * 96} cy={7} r={3.5} fill="var(--accent)" />
    </svg>
  );
}
