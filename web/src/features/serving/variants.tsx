import { Link } from '@tanstack/react-router';
import { CopyId } from '@/components/copy.tsx';
import { RoleMark, Status, type Tone } from '@/components/status.tsx';
import table from '@/components/table.module.css';
import type { Deployment, Variant } from '@/lib/api/deployments.ts';
import type { Group } from '@/lib/api/predictions.ts';
import { count, millis } from '@/lib/format.ts';
import type { RangeSearch } from '@/lib/time-range.ts';

const TONES: Readonly<Record<Variant['state'], Tone>> = { ready: 'ok', loading: 'info', failed: 'bad' };

/** State of a variant in a word; a version that is still on its way is named. */
export function VariantState({ variant }: { variant: Variant }) {
  const { state, version, desired_version: desired, error } = variant;
  const isMoving = desired !== null && version !== null && desired !== version;
  return (
    <Status tone={isMoving && state === 'ready' ? 'info' : TONES[state]} title={error}>
      {isMoving ? `moving to v${desired}` : state}
    </Status>
  );
}

interface VariantsProps {
  readonly deployment: Deployment;
  /** Figures by role over the range. */
  readonly byRole: readonly Group[];
  readonly range: RangeSearch;
}

export function Variants({ deployment, byRole, range }: VariantsProps) {
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col">State</th>
            <th scope="col">Model</th>
            <th scope="col">Version</th>
            <th scope="col" className={table.num}>
              Rows
            </th>
            <th scope="col" className={table.num}>
              p95
            </th>
            <th scope="col" className={table.num}>
              Errors
            </th>
            <th scope="col">Run</th>
          </tr>
        </thead>
        <tbody>
          {deployment.variants.map((variant) => (
            <VariantRow
              key={variant.name}
              deployment={deployment.name}
              variant={variant}
              figures={byRole.find(({ group }) => group === variant.role)}
              range={range}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface VariantRowProps {
  readonly deployment: string;
  readonly variant: Variant;
  readonly figures: Group | undefined;
  readonly range: RangeSearch;
}

function VariantRow({ deployment, variant, figures, range }: VariantRowProps) {
  const filter = { ...range, deployment, variant: variant.role };
  return (
    <tr>
      <td>
        <RoleMark variant={variant.role} />
      </td>
      <td>
        <VariantState variant={variant} />
      </td>
      <td>
        <Link className="under mono" to="/models/$name" params={{ name: variant.model_name }}>
          {variant.model}
        </Link>
      </td>
      <td>{variant.version === null ? <span className="muted">none</span> : `v${variant.version}`}</td>
      <td className={table.num}>
        <Link className="under" to="/predictions" search={filter}>
          {count(figures?.count ?? 0)}
        </Link>
      </td>
      <td className={table.num}>{millis(figures?.p95_ms)}</td>
      <td className={table.num}>
        <Link className="under" to="/predictions" search={{ ...filter, status: 'error' as const }}>
          {count(figures?.errors ?? 0)}
        </Link>
      </td>
      <td>{variant.run_id === null ? <span className="muted">none</span> : <CopyId id={variant.run_id} what="run id" length={8} />}</td>
    </tr>
  );
}
